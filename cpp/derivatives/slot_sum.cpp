#include "derivatives/slot_sum.hpp"

namespace ravine::derivatives {

template <typename T>
void SlotSum<T>::add_up(T scale, Index first, Index last, T* to) const {
    if (count == 1) {
        for (Index i = first; i < last; ++i) to[i] = scale * slots[i];
        return;
    }
    if (count == 2) {
        for (Index i = first; i < last; ++i) to[i] = scale * (slots[i] + slots[stride + i]);
        return;
    }
    for (Index i = first; i < last; ++i) to[i] = slots[i] + slots[stride + i];
    for (Index s = 2; s < count; ++s) {
        const T* slot = slots + s * stride;
        for (Index i = first; i < last; ++i) to[i] += slot[i];
    }
    for (Index i = first; i < last; ++i) to[i] *= scale;
}

template struct SlotSum<float>;
template struct SlotSum<double>;

}  // namespace ravine::derivatives
