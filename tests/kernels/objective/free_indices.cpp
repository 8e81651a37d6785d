#include "objective/free_indices.hpp"

#include "functions.hpp"
#include "harness.hpp"

using ravine::Index;
using ravine::objective::FreeIndices;
using ravine::testing::Rosenbrock;

namespace {

const std::vector<double> start = {-1.2, 1.0, 0.3, 2.0};
const std::vector<Index> chosen = {0, 3};

std::vector<double> part_of(const std::vector<double>& whole) { return {whole[0], whole[3]}; }

}  // namespace

RAVINE_TEST(derivatives_by_the_free_are_parts_of_the_whole) {
    Rosenbrock f(4);
    FreeIndices part(f, chosen, start.data());
    std::vector<double> x(2), gradient(2), whole(4), matrix(16), small(4);
    part.take(start.data(), x.data());
    CHECK_EQUAL(part.size(), Index(2));
    CHECK_EQUAL(part.value_and_gradient(x.data(), gradient.data()), f.value_and_gradient(start.data(), whole.data()));
    CHECK(gradient == part_of(whole));
    f.hessian(start.data(), matrix.data());
    part.hessian(x.data(), small.data());
    CHECK(small == std::vector<double>({matrix[0], matrix[3], matrix[12], matrix[15]}));
    part.gauss_newton(x.data(), small.data());
    f.gauss_newton(start.data(), matrix.data());
    CHECK(small == std::vector<double>({matrix[0], matrix[3], matrix[12], matrix[15]}));
}

RAVINE_TEST(products_leave_the_held_alone) {
    Rosenbrock f(4);
    FreeIndices part(f, chosen, start.data());
    const std::vector<double> x = part_of(start), v = {2, -1}, spread = {2, 0, 0, -1};
    std::vector<double> product(2), whole(4);
    part.hessian_product(x.data(), v.data(), product.data());
    f.hessian_product(start.data(), spread.data(), whole.data());
    CHECK(product == part_of(whole));
}

RAVINE_TEST(the_held_keep_their_values) {
    Rosenbrock f(4);
    FreeIndices part(f, chosen, start.data());
    const std::vector<double> x = {7, 9};
    const double* whole = part.at(x.data());
    CHECK(std::vector<double>(whole, whole + 4) == std::vector<double>({7, 1.0, 0.3, 9}));
}
