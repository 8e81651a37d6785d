/* Run while configuring, to learn the level of the machine that builds (RAVINE_LEVELS=native). */
#include <stdio.h>

#include "cpu_level.h"

int main(void) { return puts(ravine_cpu_level()) < 0; }
