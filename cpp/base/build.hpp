#pragma once

// What the kernels of this level were made by.

#include <string>

namespace ravine {

struct BuildInfo {
    std::string level, compiler, eigen;
    int register_bytes;
};

BuildInfo build_info();

}  // namespace ravine
