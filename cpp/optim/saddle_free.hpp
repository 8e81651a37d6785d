#pragma once

// Saddle-free Newton (Dauphin, Pascanu, Gulcehre, Cho, Ganguli & Bengio, NIPS 2014): p = -(|H| + αI)⁻¹ ∇f, where |H|
// has the eigenvectors of H and the absolute values of its eigenvalues, so that saddles repel. All of the spectrum
// where there is a Hessian and `subspace` is 0; else that of H on a Krylov space of the gradient.

#include "base/workspace.hpp"
#include "optim/method.hpp"

namespace ravine::optim {

class SaddleFreeNewton final : public Proposer {
  public:
    SaddleFreeNewton(Objective& f, const Options& options);
    Proposal propose(const Point& at, double* p) override;
    void learn(const Trial& trial, const Point& at, const Point& next) override;
    std::vector<double> memory() const override { return {damping_, factor_}; }
    void recall(std::span<const double> memory) override {
        require_numbers(memory, 2);
        damping_ = memory[0], factor_ = memory[1];
    }

  private:
    bool decompose(const Point& at);
    bool decompose_dense(const Point& at);
    bool decompose_subspace(const Point& at);

    Objective& f_;
    const Options& options_;
    Index rank_ = 0;               // eigenpairs that are known
    std::vector<double> vectors_;  // (rank, n), a row each
    std::vector<double> values_;   // |λ|
    std::vector<double> slopes_;   // uᵀ∇f
    std::vector<double> matrix_, scratch_;
    double scale_ = 0;  // the largest |λ|
    double damping_, factor_;
    bool stale_ = true;
    Workspace workspace_;
};

}  // namespace ravine::optim
