#pragma once

// Long kernels ask between two pieces of work whether the user wants them to stop. What "wants" means is told by a
// probe from outside (the bindings look for Python's signals), so that no kernel knows of Python.

namespace ravine::interrupt {

using Probe = bool (*)();

// Installs the probe that says whether to stop; nullptr for none.
void set_probe(Probe probe);

// Throws Interrupted if the probe says so. Cheap: the probe itself is asked at most every 20 ms a thread.
void poll();

}  // namespace ravine::interrupt
