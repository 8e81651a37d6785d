#pragma once

// Some rows of samples in single precision.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

#include "network/data.hpp"

namespace ravine::training {

class SingleSamples {
  public:
    // With so many columns of dense targets a row.
    SingleSamples(const network::Samples<double>& samples, const network::Rows& rows, Index target_columns)
        : count_(rows.count),
          inputs_(samples.inputs.cols),
          columns_(samples.targets.dense == nullptr ? 0 : target_columns),
          masked_(samples.targets.masked) {
        const network::Targets<double>& targets = samples.targets;
        x_.reserve(size(inputs_));
        y_.reserve(size(columns_));
        for (Index i = 0; i < rows.count; ++i) {
            const Index row = rows[i];
            append(samples.inputs.data + row * samples.inputs.stride, inputs_, x_);
            if (columns_ > 0) append(targets.dense + row * targets.stride, columns_, y_);
            if (targets.labels != nullptr) labels_.push_back(targets.labels[row]);
            if (targets.weights != nullptr) weights_.push_back(static_cast<float>(targets.weight(row)));
        }
    }

    network::Samples<float> view() const {
        return {.inputs = {x_.data(), count_, inputs_, inputs_},
                .targets = {.dense = y_.empty() ? nullptr : y_.data(),
                            .stride = columns_,
                            .labels = labels_.empty() ? nullptr : labels_.data(),
                            .weights = weights_.empty() ? nullptr : weights_.data(),
                            .weight_stride = 1,
                            .columns = columns_,
                            .masked = masked_}};
    }

    network::Rows rows() const { return {nullptr, 0, count_}; }

  private:
    std::size_t size(Index columns) const { return static_cast<std::size_t>(checked_product(count_, columns)); }

    static void append(const double* from, Index count, std::vector<float>& to) {
        std::transform(from, from + count, std::back_inserter(to), [](double x) { return static_cast<float>(x); });
    }

    Index count_, inputs_, columns_;
    bool masked_;
    std::vector<float> x_, y_, weights_;
    std::vector<std::int64_t> labels_;
};

}  // namespace ravine::training
