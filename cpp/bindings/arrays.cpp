#include "bindings/arrays.hpp"

#include <algorithm>
#include <utility>

namespace ravine::bindings {

namespace {

std::string shape_text(const py::array& array) { return py::str(array.attr("shape")); }

std::string dimensions(Index expected) { return expected < 0 ? std::string("any") : std::to_string(expected); }

[[noreturn]] void refuse(const char* name, const std::string& rule, const std::string& got) {
    throw InvalidArgument(std::string(name) + " must be " + rule + ", got " + got);
}

py::array require_ndarray(const py::handle& object, const char* name) {
    if (!py::isinstance<py::array>(object)) {
        throw py::type_error(std::string(name) + " must be a NumPy array, got " +
                             std::string(py::str(py::type::of(object).attr("__name__"))));
    }
    return py::reinterpret_borrow<py::array>(object);
}

// T in native byte order. Types of one size with two names (long, long long) differ in number and are still equal.
template <typename T>
bool holds(const py::dtype& dtype) {
    const auto expected = py::dtype::of<T>();
    const bool same = dtype.num() == expected.num() && dtype.byteorder() == expected.byteorder();
    return same || dtype.equal(expected);
}

bool contiguous(const py::array& array) { return (array.flags() & py::array::c_style) != 0; }

void require_writable(const py::array& array, const char* name) {
    if (!array.writeable()) refuse(name, "writable", "a read-only array");
}

template <typename T>
py::array require_vector(const py::handle& object, const char* name, Index size) {
    py::array array = require_array<T>(object, name);
    if (array.ndim() != 1) refuse(name, "a vector (one dimension)", "shape " + shape_text(array));
    if (size >= 0 && array.shape(0) != size)
        refuse(name, "of shape (" + std::to_string(size) + ",)", "shape " + shape_text(array));
    if (!contiguous(array)) refuse(name, "contiguous", "a stride of " + std::to_string(array.strides(0)) + " bytes");
    return array;
}

// First and one past the last byte that an array's elements may touch.
std::pair<const char*, const char*> bounds(const py::array& array) {
    const char* low = static_cast<const char*>(array.data());
    const char* high = low + array.itemsize();
    for (py::ssize_t d = 0; d < array.ndim(); ++d) {
        if (array.shape(d) == 0) return {low, low};
        const py::ssize_t reach = (array.shape(d) - 1) * array.strides(d);
        (reach < 0 ? low : high) += reach;
    }
    return {low, high};
}

}  // namespace

Scalar scalar_of(const py::dtype& dtype, const char* name) {
    if (holds<float>(dtype)) return Scalar::float32;
    if (holds<double>(dtype)) return Scalar::float64;
    throw py::type_error(std::string(name) + " must be float32 or float64, got " + std::string(py::str(dtype)));
}

Scalar scalar_of_array(const py::handle& object, const char* name) {
    return scalar_of(require_ndarray(object, name).dtype(), name);
}

py::object own_view(const py::handle& array) {
    return array.is_none() ? py::object(py::none()) : py::object(array.attr("view")());
}

const char* name_of(Scalar scalar) { return scalar == Scalar::float32 ? "float32" : "float64"; }

template <typename T>
py::array require_array(const py::handle& object, const char* name) {
    py::array array = require_ndarray(object, name);
    if (!holds<T>(array.dtype())) {
        throw py::type_error(std::string(name) + " must have dtype " + std::string(py::str(py::dtype::of<T>())) +
                             ", got " + std::string(py::str(array.dtype())));
    }
    if ((array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) == 0) refuse(name, "aligned", "an unaligned array");
    return array;
}

template <typename T>
std::span<const T> vector_in(const py::handle& object, const char* name, Index size) {
    const py::array array = require_vector<T>(object, name, size);
    return {static_cast<const T*>(array.data()), static_cast<std::size_t>(array.shape(0))};
}

template <typename T>
std::span<T> vector_out(const py::handle& object, const char* name, Index size) {
    py::array array = require_vector<T>(object, name, size);
    require_writable(array, name);
    return {static_cast<T*>(array.mutable_data()), static_cast<std::size_t>(array.shape(0))};
}

template <typename T>
RowsView<T> rows_in(const py::handle& object, const char* name, Index rows, Index cols) {
    const py::array array = require_array<T>(object, name);
    const bool fits = array.ndim() == 2 && (rows < 0 || array.shape(0) == rows) && (cols < 0 || array.shape(1) == cols);
    if (!fits) {
        refuse(name, "of shape (" + dimensions(rows) + ", " + dimensions(cols) + ")", "shape " + shape_text(array));
    }
    if (array.size() == 0) return {static_cast<const T*>(array.data()), array.shape(0), array.shape(1), array.shape(1)};
    constexpr auto size = static_cast<py::ssize_t>(sizeof(T));
    if (array.shape(1) > 1 && array.strides(1) != size)
        refuse(name, "row-major", "a stride of " + std::to_string(array.strides(1)) + " bytes within a row");
    if (array.strides(0) % size != 0)
        refuse(name, "aligned", "a stride of " + std::to_string(array.strides(0)) + " bytes between rows");
    return {static_cast<const T*>(array.data()), array.shape(0), array.shape(1), array.strides(0) / size};
}

template <typename T>
T* array_out(const py::handle& object, const char* name, std::initializer_list<Index> shape) {
    py::array array = require_array<T>(object, name);
    const bool fits =
        static_cast<std::size_t>(array.ndim()) == shape.size() && std::equal(shape.begin(), shape.end(), array.shape());
    if (!fits) {
        std::string expected;
        for (const Index n : shape) expected += (expected.empty() ? "" : ", ") + std::to_string(n);
        refuse(name, "of shape (" + expected + (shape.size() == 1 ? ",)" : ")"), "shape " + shape_text(array));
    }
    if (!contiguous(array)) refuse(name, "C-contiguous", "a strided array");
    require_writable(array, name);
    return static_cast<T*>(array.mutable_data());
}

void require_apart(const py::handle& a, const char* a_name, const py::handle& b, const char* b_name) {
    if (a.is_none() || b.is_none()) return;
    const auto [a_low, a_high] = bounds(require_ndarray(a, a_name));
    const auto [b_low, b_high] = bounds(require_ndarray(b, b_name));
    if (a_low < b_high && b_low < a_high) {
        throw InvalidArgument(std::string(a_name) + " and " + b_name + " must not overlap in memory");
    }
}

void require_all_apart(const std::vector<NamedArray>& arrays) {
    struct Range {
        const char *low, *high;
        const NamedArray* array;
    };
    std::vector<Range> ranges;
    for (const auto& array : arrays) {
        const auto [low, high] = bounds(require_ndarray(array.array, array.name.c_str()));
        if (low < high) ranges.push_back({low, high, &array});
    }
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.low < b.low; });
    // Of all ranges so far, and of the written ones, the one that reaches furthest.
    const Range *furthest = nullptr, *furthest_written = nullptr;
    for (const auto& range : ranges) {
        const Range* other = range.array->written ? furthest : furthest_written;
        if (other != nullptr && range.low < other->high) {
            throw InvalidArgument(other->array->name + " and " + range.array->name + " must not overlap in memory");
        }
        if (furthest == nullptr || range.high > furthest->high) furthest = &range;
        if (range.array->written && (furthest_written == nullptr || range.high > furthest_written->high))
            furthest_written = &range;
    }
}

template <typename T>
std::span<T> buffer_out(const py::handle& object, const char* name) {
    py::array array = require_array<T>(object, name);
    if (!contiguous(array)) refuse(name, "C-contiguous", "a strided array");
    require_writable(array, name);
    return {static_cast<T*>(array.mutable_data()), static_cast<std::size_t>(array.size())};
}

template <typename T>
std::span<const T> buffer_in(const py::handle& object, const char* name, const py::handle& like) {
    const py::array array = require_array<T>(object, name), model = require_ndarray(like, name);
    if (array.ndim() != model.ndim() || !std::equal(array.shape(), array.shape() + array.ndim(), model.shape()))
        refuse(name, "of shape " + shape_text(model), "shape " + shape_text(array));
    if (!contiguous(array)) refuse(name, "C-contiguous", "a strided array");
    return {static_cast<const T*>(array.data()), static_cast<std::size_t>(array.size())};
}

#define RAVINE_ARRAYS(T)                                                          \
    template py::array require_array<T>(const py::handle&, const char*);          \
    template std::span<const T> vector_in(const py::handle&, const char*, Index); \
    template std::span<T> vector_out(const py::handle&, const char*, Index);      \
    template RowsView<T> rows_in(const py::handle&, const char*, Index, Index);   \
    template T* array_out(const py::handle&, const char*, std::initializer_list<Index>);

#define RAVINE_BUFFERS(T)                                             \
    template std::span<T> buffer_out(const py::handle&, const char*); \
    template std::span<const T> buffer_in(const py::handle&, const char*, const py::handle&);

RAVINE_BUFFERS(float)
RAVINE_BUFFERS(double)

RAVINE_ARRAYS(float)
RAVINE_ARRAYS(double)
RAVINE_ARRAYS(std::int64_t)

}  // namespace ravine::bindings
