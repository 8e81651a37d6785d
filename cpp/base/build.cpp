#include "base/build.hpp"

#include "base/matrix.hpp"
#include "base/simd.hpp"

namespace ravine {

namespace {

std::string compiler() {
#if defined(__clang__)
    return "Clang " __clang_version__;
#else
    return "GCC " __VERSION__;
#endif
}

std::string eigen() {
    return std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
           std::to_string(EIGEN_MINOR_VERSION);
}

}  // namespace

BuildInfo build_info() { return {RAVINE_LEVEL_NAME, compiler(), eigen(), simd::bytes}; }

}  // namespace ravine
