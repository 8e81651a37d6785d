/* The best x86-64 level (v2, v3, v4 of the System V psABI) that this CPU and its operating system support. Plain C and
 * header-only: the Python module and the build's own check both include it, compiled for the lowest common CPU. */
#ifndef RAVINE_CPU_LEVEL_H
#define RAVINE_CPU_LEVEL_H

#if defined(__x86_64__) || defined(_M_X64)

#if defined(_MSC_VER)
#include <intrin.h>
static void ravine_cpuid(unsigned leaf, unsigned registers[4]) {
    int values[4];
    __cpuidex(values, (int)leaf, 0);
    for (int i = 0; i < 4; ++i) {
        registers[i] = (unsigned)values[i];
    }
}
#else
#include <cpuid.h>
static void ravine_cpuid(unsigned leaf, unsigned registers[4]) {
    __cpuid_count(leaf, 0, registers[0], registers[1], registers[2], registers[3]);
}
#endif

/* Which register files the operating system saves when it switches tasks (XCR0). xgetbv is written as bytes of its own
 * because compilers offer it as an intrinsic only where XSAVE is enabled for the whole file. */
static unsigned ravine_saved_registers(void) {
#if defined(_MSC_VER) && !defined(__clang__)
    return (unsigned)_xgetbv(0);
#else
    unsigned low;
    unsigned high;
    __asm__ volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(low), "=d"(high) : "c"(0));
    (void)high;
    return low;
#endif
}

#define RAVINE_BIT(n) (1u << (n))

static int ravine_has(unsigned flags, unsigned wanted) { return (flags & wanted) == wanted; }

static const char* ravine_cpu_level(void) {
    enum { EAX, EBX, ECX, EDX };
    /* Leaf 1, ECX: SSE3 0, SSSE3 9, CMPXCHG16B 13, SSE4.1 19, SSE4.2 20, POPCNT 23. */
    const unsigned v2_leaf1 =
        RAVINE_BIT(0) | RAVINE_BIT(9) | RAVINE_BIT(13) | RAVINE_BIT(19) | RAVINE_BIT(20) | RAVINE_BIT(23);
    /* Leaf 1, ECX: FMA 12, MOVBE 22, OSXSAVE 27, AVX 28, F16C 29. */
    const unsigned v3_leaf1 = RAVINE_BIT(12) | RAVINE_BIT(22) | RAVINE_BIT(27) | RAVINE_BIT(28) | RAVINE_BIT(29);
    /* Leaf 7, EBX: BMI1 3, AVX2 5, BMI2 8. */
    const unsigned v3_leaf7 = RAVINE_BIT(3) | RAVINE_BIT(5) | RAVINE_BIT(8);
    /* Leaf 7, EBX: AVX512F 16, AVX512DQ 17, AVX512CD 28, AVX512BW 30, AVX512VL 31. */
    const unsigned v4_leaf7 = RAVINE_BIT(16) | RAVINE_BIT(17) | RAVINE_BIT(28) | RAVINE_BIT(30) | RAVINE_BIT(31);
    /* Leaf 0x80000001, ECX: LAHF-SAHF 0, LZCNT 5. */
    const unsigned v2_extended = RAVINE_BIT(0);
    const unsigned v3_extended = RAVINE_BIT(5);
    /* XCR0: SSE 1, AVX 2; opmask 5, upper halves of ZMM0-15 6, ZMM16-31 7. */
    const unsigned v3_saved = RAVINE_BIT(1) | RAVINE_BIT(2);
    const unsigned v4_saved = RAVINE_BIT(5) | RAVINE_BIT(6) | RAVINE_BIT(7);

    unsigned leaf[4];
    ravine_cpuid(0, leaf);
    const unsigned highest = leaf[EAX];
    ravine_cpuid(1, leaf);
    const unsigned leaf1 = leaf[ECX];
    ravine_cpuid(0x80000000u, leaf);
    unsigned extended = 0;
    if (leaf[EAX] >= 0x80000001u) {
        ravine_cpuid(0x80000001u, leaf);
        extended = leaf[ECX];
    }
    if (!ravine_has(leaf1, v2_leaf1) || !ravine_has(extended, v2_extended)) {
        return "v1";
    }
    unsigned leaf7 = 0;
    if (highest >= 7) {
        ravine_cpuid(7, leaf);
        leaf7 = leaf[EBX];
    }
    if (!ravine_has(leaf1, v3_leaf1) || !ravine_has(leaf7, v3_leaf7) || !ravine_has(extended, v3_extended)) {
        return "v2";
    }
    /* OSXSAVE is among v3_leaf1: xgetbv may be executed from here on. */
    const unsigned saved = ravine_saved_registers();
    if (!ravine_has(saved, v3_saved)) {
        return "v2";
    }
    return ravine_has(leaf7, v4_leaf7) && ravine_has(saved, v4_saved) ? "v4" : "v3";
}

#else

static const char* ravine_cpu_level(void) { return "generic"; }

#endif
#endif
