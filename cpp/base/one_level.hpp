#pragma once

// Included by every header whose meaning depends on the CPU level: the width of a register, Eigen's alignment. Sources
// that are compiled once for all levels (cpp/bindings) must not see them: they would take the lowest level's values,
// and the linker would hand theirs to the kernels.

#ifndef RAVINE_LEVEL_NAME
#error "this header depends on the CPU level: it cannot be used by sources that are compiled once for all levels"
#endif
