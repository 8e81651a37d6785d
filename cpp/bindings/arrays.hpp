#pragma once

// Every array type that crosses the border, checked here and nowhere else. Nothing is converted or copied: what does
// not fit is refused by name. Converting what a user may hand in is the Python face's job (python/ravine/arrays.py).

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "base/types.hpp"

namespace ravine::bindings {

namespace py = pybind11;

// The scalars of networks.
enum class Scalar { float32, float64 };

Scalar scalar_of(const py::dtype& dtype, const char* name);
// Of an array; throws a TypeError for anything else.
Scalar scalar_of_array(const py::handle& object, const char* name);
const char* name_of(Scalar scalar);

// Calls body(T{}) with the C++ type of the scalar.
template <typename Body>
auto with_scalar(Scalar scalar, Body&& body) {
    return scalar == Scalar::float32 ? body(float{}) : body(double{});
}

// Throws a TypeError unless `object` is an array, and a ValueError unless it holds T in native byte order, aligned.
template <typename T>
py::array require_array(const py::handle& object, const char* name);

// A contiguous vector of `size` elements (-1: any number).
template <typename T>
std::span<const T> vector_in(const py::handle& object, const char* name, Index size = -1);
template <typename T>
std::span<T> vector_out(const py::handle& object, const char* name, Index size = -1);

// A C-contiguous array of any shape, seen as a vector.
template <typename T>
std::span<T> buffer_out(const py::handle& object, const char* name);
// The same to be read, of the shape of `like`.
template <typename T>
std::span<const T> buffer_in(const py::handle& object, const char* name, const py::handle& like);

// Rows at any distance, elements within a row side by side.
template <typename T>
struct RowsView {
    const T* data;
    Index rows, cols, stride;
};
template <typename T>
RowsView<T> rows_in(const py::handle& object, const char* name, Index rows = -1, Index cols = -1);

// A C-contiguous writable array of exactly this shape.
template <typename T>
T* array_out(const py::handle& object, const char* name, std::initializer_list<Index> shape);

// A view that only we hold: whoever changes the shape or strides of the caller's array does not change ours.
py::object own_view(const py::handle& array);

// Throws a ValueError if the memory of the two arrays (bounds, holes included) has a byte in common.
void require_apart(const py::handle& a, const char* a_name, const py::handle& b, const char* b_name);

// The same for many: what is written must lie apart from everything else.
struct NamedArray {
    py::handle array;
    std::string name;
    bool written;
};
void require_all_apart(const std::vector<NamedArray>& arrays);

}  // namespace ravine::bindings
