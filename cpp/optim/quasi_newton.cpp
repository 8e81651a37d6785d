#include "optim/quasi_newton.hpp"

#include <algorithm>
#include <cmath>

#include "linalg/vectors.hpp"

namespace ravine::optim {

namespace {

// Less curvature than this along s, in units of ‖s‖ ‖y‖, is rounding.
constexpr double least_curvature = 1e-10;

// s = x₊ - x and y = ∇f₊ - ∇f; returns sᵀy, or 0 where it is too small to tell.
double difference(const Point& at, const Point& next, std::vector<double>& s, std::vector<double>& y) {
    for (std::size_t i = 0; i < at.x.size(); ++i) {
        s[i] = next.x[i] - at.x[i];
        y[i] = next.gradient[i] - at.gradient[i];
    }
    const Index n = at.size();
    const double sy = linalg::dot(s.data(), y.data(), n);
    return sy > least_curvature * linalg::norm(s.data(), n) * linalg::norm(y.data(), n) ? sy : 0;
}

Proposal along(const Point& at, const double* p, bool fresh) {
    const double slope = linalg::dot(at.gradient.data(), p, at.size());
    return {.possible = slope < 0, .slope = slope, .first_length = fresh ? at.first_length() : 1.0};
}

}  // namespace

Bfgs::Bfgs(Index size)
    : size_(size),
      inverse_(static_cast<std::size_t>(checked_product(size, size))),
      s_(static_cast<std::size_t>(size)),
      y_(s_.size()),
      product_(s_.size()) {
    reset();
}

void Bfgs::reset() {
    std::fill(inverse_.begin(), inverse_.end(), 0.0);
    for (Index i = 0; i < size_; ++i) inverse_[static_cast<std::size_t>(i * size_ + i)] = 1;
    fresh_ = true;
}

void Bfgs::multiply(const double* v, double* out) const {
    for (Index i = 0; i < size_; ++i) {
        const double* row = inverse_.data() + i * size_;
        out[i] = linalg::dot(row, v, i + 1);
        linalg::add_scaled(v[i], row, out, i);
    }
}

Proposal Bfgs::propose(const Point& at, double* p) {
    if (failures_ > 1) return {.possible = false};
    multiply(at.gradient.data(), p);
    linalg::scale(-1, p, size_);
    return along(at, p, fresh_);
}

void Bfgs::learn(const Trial& trial, const Point& at, const Point& next) {
    failures_ = trial.accepted ? 0 : failures_ + (fresh_ ? 2 : 1);
    if (!trial.accepted) return reset();
    const double sy = difference(at, next, s_, y_);
    if (sy == 0) return;
    if (fresh_) {
        const double first = sy / linalg::dot(y_.data(), y_.data(), size_);
        for (Index i = 0; i < size_; ++i) inverse_[static_cast<std::size_t>(i * size_ + i)] = first;
        fresh_ = false;
    }
    multiply(y_.data(), product_.data());
    const double weight = (1 + linalg::dot(y_.data(), product_.data(), size_) / sy) / sy;
    for (Index i = 0; i < size_; ++i) {
        const auto at_i = static_cast<std::size_t>(i);
        double* row = inverse_.data() + i * size_;
        linalg::add_scaled(weight * s_[at_i] - product_[at_i] / sy, s_.data(), row, i + 1);
        linalg::add_scaled(-s_[at_i] / sy, product_.data(), row, i + 1);
    }
}

std::vector<double> Bfgs::memory() const {
    std::vector<double> memory = inverse_;
    memory.push_back(fresh_ ? 1 : 0);
    memory.push_back(failures_);
    return memory;
}

void Bfgs::recall(std::span<const double> memory) {
    const auto size = static_cast<Index>(inverse_.size());
    require_numbers(memory, size + 2);
    std::copy_n(memory.begin(), size, inverse_.begin());
    fresh_ = memory[inverse_.size()] != 0;
    failures_ = static_cast<int>(memory[inverse_.size() + 1]);
}

LimitedBfgs::LimitedBfgs(Index size, Index memory)
    : size_(size), memory_(memory), alpha_(static_cast<std::size_t>(memory)) {}

const LimitedBfgs::Pair& LimitedBfgs::newest(Index back) const {
    return pairs_[static_cast<std::size_t>((made_ - 1 - back) % memory_)];
}

Proposal LimitedBfgs::propose(const Point& at, double* p) {
    if (failures_ > 1) return {.possible = false};
    const Index count = std::min(made_, memory_);
    for (std::size_t i = 0; i < at.gradient.size(); ++i) p[i] = -at.gradient[i];
    for (Index back = 0; back < count; ++back) {
        const Pair& pair = newest(back);
        double& alpha = alpha_[static_cast<std::size_t>(back)];
        alpha = linalg::dot(pair.s.data(), p, size_) / pair.sy;
        linalg::add_scaled(-alpha, pair.y.data(), p, size_);
    }
    if (count > 0) linalg::scale(newest(0).sy / linalg::dot(newest(0).y.data(), newest(0).y.data(), size_), p, size_);
    for (Index back = count - 1; back >= 0; --back) {
        const Pair& pair = newest(back);
        const double beta = linalg::dot(pair.y.data(), p, size_) / pair.sy;
        linalg::add_scaled(alpha_[static_cast<std::size_t>(back)] - beta, pair.s.data(), p, size_);
    }
    return along(at, p, count == 0);
}

// The failures, then s, y and sᵀy of each pair, the oldest first.
std::vector<double> LimitedBfgs::memory() const {
    std::vector<double> memory = {static_cast<double>(failures_)};
    for (Index back = std::min(made_, memory_) - 1; back >= 0; --back) {
        const Pair& pair = newest(back);
        memory.insert(memory.end(), pair.s.begin(), pair.s.end());
        memory.insert(memory.end(), pair.y.begin(), pair.y.end());
        memory.push_back(pair.sy);
    }
    return memory;
}

void LimitedBfgs::recall(std::span<const double> memory) {
    const Index one = 2 * size_ + 1, count = memory.empty() ? 0 : (static_cast<Index>(memory.size()) - 1) / one;
    require_numbers(memory, 1 + std::min(count, memory_) * one);
    failures_ = static_cast<int>(memory[0]);
    pairs_.clear();
    for (const double* at = memory.data() + 1; made_ < count; ++made_, at += one) {
        pairs_.push_back({{at, at + size_}, {at + size_, at + 2 * size_}, at[2 * size_]});
    }
}

void LimitedBfgs::learn(const Trial& trial, const Point& at, const Point& next) {
    failures_ = trial.accepted ? 0 : failures_ + (made_ == 0 ? 2 : 1);
    if (!trial.accepted) {
        made_ = 0;
        return;
    }
    const auto slot = static_cast<std::size_t>(made_ % memory_), length = static_cast<std::size_t>(size_);
    if (slot == pairs_.size()) pairs_.push_back({std::vector<double>(length), std::vector<double>(length), 0});
    Pair& pair = pairs_[slot];
    const double sy = difference(at, next, pair.s, pair.y);
    if (sy == 0) {
        made_ = 0;  // the oldest pair was overwritten: begin again
        return;
    }
    pair.sy = sy;
    ++made_;
}

}  // namespace ravine::optim
