#pragma once

// Polynomial coefficients and argument-reduction constants of vector_math.hpp, ascending powers. The polynomials are
// near-minimax (Chebyshev) fits computed in 60 digits; the bound beside each is the error of the exact polynomial.

namespace ravine::math {

template <typename T>
struct Constants;

template <>
struct Constants<double> {
    static constexpr int mantissa_bits = 52;
    static constexpr double round_shift = 0x1.8p52;  // adding it leaves the nearest integer in the low bits
    static constexpr double log2_e = 0x1.71547652b82fep0;
    static constexpr double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
    static constexpr double exp_max = 709.782712893384, exp_min = -745.1332191019412;
    static constexpr double tanh_max = 19.1;  // beyond, tanh rounds to 1
    // (expm1(r) - r) / r^2 on |r| <= ln(2)/2, to 1.1e-16
    static constexpr double expm1_q[] = {0.5000000000000001022,     0.1666666666666666745,   0.04166666666662412787,
                                         0.008333333333330061833,   0.00138888889172137169,  0.0001984126986305361688,
                                         0.00002480152129595437513, 2.755726845999706477e-6, 2.762008844540974816e-7,
                                         2.510038549551031908e-8};
    // (2 atanh(s)/s - 2) / s^2 in z = s^2 for the logarithm on [sqrt(1/2), sqrt(2)], to 3.3e-16
    static constexpr double log_r[] = {0.6666666666666669907, 0.3999999999989322176, 0.285714286288109956,
                                       0.2222221067423851525, 0.1818292251351594163, 0.1533061730674330489,
                                       0.1463003136412286047};
    static constexpr double sqrt_half = 0x1.6a09e667f3bcdp-1;
    static constexpr double smallest_normal = 0x1p-1022, subnormal_scale = 0x1p54;
    static constexpr int subnormal_exponent = 54;
    // pi/2 in pieces of 33 bits, so that a multiple up to 2^19 of each but the last is exact
    static constexpr double half_pi[] = {0x1.921fb54400000p0, 0x1.0b4611a600000p-34, 0x1.3198a2e037073p-69};
    static constexpr double two_over_pi = 0x1.45f306dc9c883p-1;
    static constexpr double sine_limit = 8.0e5;
    // (sin(r)/r - 1) / r^2 and (cos(r) - 1 + r^2/2) / r^4 in z = r^2 on |r| <= pi/4, to 2.1e-17 and 1.3e-18
    static constexpr double sine[] = {-0.166666666666666646,   0.008333333333330924562,  -0.0001984126983672241776,
                                      2.755731608381635861e-6, -2.505112794401418758e-8, 1.591784852480826101e-10};
    static constexpr double cosine[] = {0.04166666666666666537,   -0.001388888888888738227, 0.00002480158729874306929,
                                        -2.755731726000883816e-7, 2.08761438279931325e-9,   -1.138245677806130585e-11};
    // erf(x)/x in z = x^2 on |x| <= 1, to 7.4e-18
    static constexpr double erf_small[] = {
        1.128379167095512567,    -0.3761263890318354044,    0.1128379167094500627,    -0.02686617064323777036,
        0.005223977607116422732, -0.0008548325975389692081, 0.0001205529490483970792, -0.00001492473690741966034,
        1.644742470331736241e-6, -1.62084838018717059e-7,   1.37200645467776856e-8,   -7.795898827002142242e-10};
    // (1 + 2x) exp(x^2) erfc(x) in t = (x - K)/(x + K) on 1 <= x <= 28, to 1.1e-16; the form is that of
    // Shepherd and Laframboise, Math. Comp. 36 (1981) 249
    static constexpr double erfc_k = 3;
    static constexpr double erfc_max = 27.3;
    static constexpr double erfc_large[] = {
        1.253008058269729748,    -0.1356211061245820457,     -0.04756229435349291617,   0.1296451587029136602,
        -0.1192736634122974405,  0.06830802733538846867,     -0.02377051499905407176,   0.002529392040753797153,
        0.001888691371629145225, -0.0007798354017947864228,  -0.0001051660301051598012, 0.0001251237754574005613,
        4.963678144756260621e-6, -0.00002020643865156988852, -7.009626399221597493e-7,  3.703319988845772733e-6,
        1.407652756175824949e-7, -7.809156099376952629e-7,   1.764379089649958677e-7};
};

template <>
struct Constants<float> {
    static constexpr int mantissa_bits = 23;
    static constexpr float round_shift = 0x1.8p23F;
    static constexpr float log2_e = 0x1.715476p0F;
    static constexpr float ln2_high = 0x1.62e400p-1F, ln2_low = 0x1.7f7d1cp-20F;
    static constexpr float exp_max = 88.72283F, exp_min = -103.97208F;
    static constexpr float tanh_max = 9.1F;
    // to 1.4e-9
    static constexpr float expm1_q[] = {0.5000000013F,   0.1666666668F, 0.04166646493F,
                                        0.008333310925F, 0.001393365F,  0.0001989099082F};
    // to 1.9e-7
    static constexpr float log_r[] = {0.666666856F, 0.3998855099F, 0.2959031736F};
    static constexpr float sqrt_half = 0x1.6a09e6p-1F;
    static constexpr float smallest_normal = 0x1p-126F, subnormal_scale = 0x1p25F;
    static constexpr int subnormal_exponent = 25;
    // pieces of 11 bits, exact for multiples up to 2^13
    static constexpr float half_pi[] = {0x1.92p0F, 0x1.fb4p-12F, 0x1.444p-24F, 0x1.68c234p-39F};
    static constexpr float two_over_pi = 0x1.45f306p-1F;
    static constexpr float sine_limit = 8.0e3F;
    // to 2.0e-8 and 2.0e-9
    static constexpr float sine[] = {-0.1666666465F, 0.008332745936F, -0.0001958738707F};
    static constexpr float cosine[] = {0.04166666465F, -0.00138883007F, 2.454743721e-5F};
    // to 1.2e-9
    static constexpr float erf_small[] = {1.128379166F,    -0.3761262667F,    0.1128359472F,  -0.02685421201F,
                                          0.005189087423F, -0.0008016864287F, 7.875875063e-5F};
    // on 1 <= x <= 11, to 3.4e-9
    static constexpr float erfc_k = 2;
    static constexpr float erfc_max = 10.1F;
    static constexpr float erfc_large[] = {1.276978382F,    -0.09276380951F, -0.1660303348F,
                                           0.1640503043F,   -0.05422276025F, -0.008016856699F,
                                           0.008752544166F, 0.001134056027F, -0.001527863606F};
};

}  // namespace ravine::math
