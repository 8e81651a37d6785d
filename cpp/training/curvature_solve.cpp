#include "training/curvature_solve.hpp"

#include <type_traits>
#include <vector>

#include "derivatives/hessian.hpp"
#include "training/products.hpp"
#include "training/single_samples.hpp"

namespace ravine::training {

using derivatives::Matrix;
using linalg::DefiniteSolve;
using network::Rows;

namespace {

// The lower triangle of normaliser · (A + shift I): the sum is never divided.
template <typename T>
class ShiftedSum {
  public:
    ShiftedSum(const Risk<T>& risk, Matrix matrix, const Rows& rows, double normaliser, const T* theta, double shift,
               Workspace& workspace)
        : risk_(risk),
          matrix_(matrix),
          rows_(rows),
          normaliser_(normaliser),
          theta_(theta),
          shift_(shift),
          workspace_(workspace) {}

    void write(T* lower) const { write_sum(risk_.samples(), rows_, theta_, lower); }

    // From samples and parameters that are rounded first.
    void write(float* lower) const
        requires(!std::is_same_v<T, float>)
    {
        const auto& architecture = risk_.architecture();
        const SingleSamples samples(risk_.samples(), rows_,
                                    risk_.options().loss.target_columns(architecture.outputs()));
        const std::vector<float> theta(theta_, theta_ + architecture.parameters());
        write_sum(samples.view(), samples.rows(), theta.data(), lower);
    }

    void multiply(const T* v, Index count, T* out) const {
        matrix_products(risk_, matrix_, rows_, normaliser_, theta_, v, count, out, workspace_);
        const Index numbers = count * risk_.architecture().parameters();
        for (Index i = 0; i < numbers; ++i) out[i] += static_cast<T>(shift_) * v[i];
    }

  private:
    template <typename S>
    void write_sum(const network::Samples<S>& samples, const Rows& rows, const S* theta, S* lower) const {
        const auto& architecture = risk_.architecture();
        derivatives::MatrixSum<S>(architecture, risk_.options().loss, rows.count, matrix_, workspace_)
            .run(samples, rows, theta, lower);
        std::vector<T> penalty(static_cast<std::size_t>(architecture.parameters()), T(0));
        risk_.penalty().add_curvature(architecture, penalty.data(), 1);
        S* diagonal = lower;
        for (const T curvature : penalty) {
            const double added = normaliser_ * (static_cast<double>(curvature) + shift_);
            *diagonal = static_cast<S>(static_cast<double>(*diagonal) + added);
            diagonal += architecture.parameters() + 1;
        }
    }

    const Risk<T>& risk_;
    Matrix matrix_;
    const Rows& rows_;
    double normaliser_;
    const T* theta_;
    double shift_;
    Workspace& workspace_;
};

}  // namespace

template <typename T>
DefiniteSolve solve_curvature(const Risk<T>& risk, Matrix matrix, const Rows& rows, double normaliser, const T* theta,
                              double shift, const T* v, Index count, T* x, Workspace& workspace) {
    const Index n = risk.architecture().parameters();
    const ShiftedSum<T> sum(risk, matrix, rows, normaliser, theta, shift, workspace);
    const auto fill = [&](auto* lower) { sum.write(lower); };
    if constexpr (std::is_same_v<T, double>) {
        const auto product = [&](const double* u, Index vectors, double* out) { sum.multiply(u, vectors, out); };
        if (risk.options().loss.function == nullptr)
            return linalg::solve_definite(n, normaliser, fill, product, v, count, x);
    }
    return linalg::solve_directly(n, normaliser, fill, v, count, x);
}

template DefiniteSolve solve_curvature(const Risk<float>&, Matrix, const Rows&, double, const float*, double,
                                       const float*, Index, float*, Workspace&);
template DefiniteSolve solve_curvature(const Risk<double>&, Matrix, const Rows&, double, const double*, double,
                                       const double*, Index, double*, Workspace&);

}  // namespace ravine::training
