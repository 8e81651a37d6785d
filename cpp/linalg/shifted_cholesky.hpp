#pragma once

// The Cholesky factor of H + αI, for a symmetric H that need not be definite.

#include "base/types.hpp"
#include "base/workspace.hpp"

namespace ravine::linalg {

struct Shift {
    double alpha;  // what was added to the diagonal, 0 where H is definite
    int tries;     // factorisations that it took, at least 1
};

// Writes into the lower triangle of `l` the factor of H + αI, of whose lower triangle H alone is read; the two must not
// overlap. α is 0 if that will do. Otherwise a failed factorisation gives a direction x of negative curvature, and with
// it the bound α >= -xᵀHx/‖x‖²; the next α is a little above that bound, and at least four times the last one, from
// √eps times the Frobenius norm over √n upwards; Gershgorin's bound, with which H + αI is surely definite, ends it.
// Source: Nocedal and Wright (2006), algorithm 3.3, with the bound of Conn, Gould and Toint (2000), section 7.3.8.
//
// Throws InvalidArgument if H holds a number that is not finite. The workspace is that of cholesky() and one vector.
Shift shifted_cholesky(const double* h, Index n, Index h_stride, double* l, Index stride, Workspace& workspace);

}  // namespace ravine::linalg
