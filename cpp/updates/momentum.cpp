#include "updates/momentum.hpp"

#include "base/errors.hpp"

namespace ravine::updates {

MomentumForm::MomentumForm(OptionReader& read, Settings& settings)
    : form_(static_cast<Form>(read.choice("form", 3))),
      nesterov_(static_cast<Nesterov>(read.choice("nesterov", 4))),
      unbiased_(read.flag("unbiased")),
      dampening_(read.share("dampening")) {
    settings.momentum_below_one = form_ == Form::average;
    settings.momentum = settings.momentum_below_one ? read.fraction("momentum") : read.non_negative("momentum");
    has_buffer_ = settings.momentum > 0 || form_ != Form::sum;
    if (has_buffer_) settings.momentum_name = "momentum";
    if (nesterov_ != Nesterov::off && (settings.momentum == 0 || dampening_ != 0)) {
        throw InvalidArgument("nesterov requires momentum > 0 and dampening = 0, got momentum " +
                              std::to_string(settings.momentum) + " and dampening " + std::to_string(dampening_));
    }
    if (dampening_ != 0 && form_ != Form::sum) throw InvalidArgument("dampening belongs to form 'sum' alone");
    if (unbiased_ && form_ != Form::average) throw InvalidArgument("unbiased belongs to form 'average' alone");
}

MomentumForm::Coefficients MomentumForm::coefficients(const Settings& settings, const Moment& at) const {
    const double rate = settings.lr, alpha = settings.momentum;
    const bool one_point = nesterov_ == Nesterov::one_point;
    switch (form_) {
        case Form::velocity:
            // One-point: θ ← θ + αv - εd.
            return {alpha, -rate, one_point ? rate : 0, one_point ? -alpha : -1};
        case Form::average: {
            const double reach = rate / share(at.product);
            // One-point: what is left of the step, ε(1 - β)d, and the look-ahead of the next update.
            if (one_point) return {alpha, 1 - alpha, reach * (1 - alpha), rate * alpha / share(at.product * alpha)};
            return {alpha, 1 - alpha, 0, reach};
        }
        case Form::sum:
            break;
    }
    const double fresh = at.t == 1 ? 1 : 1 - dampening_;
    return {alpha, fresh, one_point ? rate : 0, one_point ? rate * alpha : rate};
}

LookAhead MomentumForm::look_ahead(std::size_t vector, const Settings& settings, const Moment& next) const {
    if (nesterov_ != Nesterov::look_ahead && nesterov_ != Nesterov::whole_step) return {};
    const bool whole = nesterov_ == Nesterov::whole_step;
    double scale = form_ == Form::velocity ? -1 : settings.lr;
    if (!whole) scale *= settings.momentum;
    if (next.t > 1) scale /= share(whole ? next.product_before : next.product);
    return {true, vector, scale};
}

double MomentumForm::drag(const Settings& settings, const Moment& at) const {
    return settings.weight_decay * look_ahead(0, settings, at).scale;
}

}  // namespace ravine::updates
