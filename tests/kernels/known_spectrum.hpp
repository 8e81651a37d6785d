// Symmetric matrices whose eigenvalues are known: A = Q diag(λ) Qᵀ, Q three reflections, so that a product costs a few
// vectors and no entry is zero.
#pragma once

#include <vector>

#include "linalg/product_function.hpp"
#include "linalg/vectors.hpp"
#include "samples.hpp"

namespace ravine::testing {

class KnownSpectrum {
  public:
    explicit KnownSpectrum(std::vector<double> eigenvalues) : eigenvalues_(std::move(eigenvalues)) {
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
            Block<double> v = random_block<double>(size(), seed);
            const double length = linalg::norm(v.data(), size());
            for (Index i = 0; i < size(); ++i) v[i] /= length;
            reflections_.push_back(std::move(v));
        }
    }

    Index size() const { return static_cast<Index>(eigenvalues_.size()); }

    // The eigenvector of that number.
    std::vector<double> vector(Index k) const {
        std::vector<double> v(eigenvalues_.size(), 0.0);
        v[static_cast<std::size_t>(k)] = 1;
        for (const auto& reflection : reflections_) reflect(reflection, v.data());
        return v;
    }

    linalg::ProductFunction product() const {
        return [this](const double* v, double* out) {
            std::copy_n(v, size(), out);
            for (auto r = reflections_.rbegin(); r != reflections_.rend(); ++r) reflect(*r, out);
            for (Index i = 0; i < size(); ++i) out[i] *= eigenvalues_[static_cast<std::size_t>(i)];
            for (const auto& reflection : reflections_) reflect(reflection, out);
        };
    }

  private:
    void reflect(const Block<double>& reflection, double* v) const {
        linalg::add_scaled(-2 * linalg::dot(reflection.data(), v, size()), reflection.data(), v, size());
    }

    std::vector<double> eigenvalues_;
    std::vector<Block<double>> reflections_;
};

// n eigenvalues at equal distances.
inline std::vector<double> spread(Index n, double low, double high) {
    std::vector<double> values;
    for (Index i = 0; i < n; ++i)
        values.push_back(low + (high - low) * static_cast<double>(i) / static_cast<double>(n - 1));
    return values;
}

}  // namespace ravine::testing
