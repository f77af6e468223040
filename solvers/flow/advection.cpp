// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/advection.hpp>

#include <utility>

namespace ansatz::solvers::flow {

Advection::Advection(const MacGrid& mac, const Boundary& boundary)
    : mac_(mac), boundary_(boundary), kernels_(*transport_kernels().front()), work_(6 * static_cast<std::size_t>(mac.box().n[0])) {}

void Advection::operator()(const Velocity& v, double dt, std::span<const Carried> fields, bool limit) {
  while (results_.size() < fields.size()) results_.push_back(mac_.make());
  for (std::size_t first = 0; first < fields.size();) {
    std::size_t count = 1;
    while (first + count < fields.size() && fields[first + count].place == fields[first].place) ++count;
    while (predicted_.size() < count) predicted_.push_back(mac_.make());
    predict(v, dt, fields.subspan(first, count));
    correct(v, dt, fields.subspan(first, count), std::span(results_).subspan(first, count), limit);
    first += count;
  }
  // Only now: the fields may be the velocity.
  for (std::size_t f = 0; f < fields.size(); ++f) std::swap(*fields[f].field, results_[f]);
}

RowView Advection::row_view(const Velocity& v, double dt, int place, std::ptrdiff_t at) {
  const FieldBox& box = mac_.box();
  return {.velocity = {v[0].data() + at, v[1].data() + at, v[2].data() + at},
          .n = box.n[0],
          .row = box.stride[1],
          .plane = box.stride[2],
          .place = place,
          .courant = dt / mac_.grid().spacing,
          .reach = box.ghost - 2.0,
          .work = work_.data()};
}

void Advection::predict(const Velocity& v, double dt, std::span<const Carried> fields) {
  const FieldBox& box = mac_.box();
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const std::ptrdiff_t at = box.index(0, j, k);
      const RowView view = row_view(v, dt, fields[0].place, at);
      kernels_.trace_back(view);
      for (std::size_t f = 0; f < fields.size(); ++f) kernels_.predict(view, fields[f].field->data() + at, predicted_[f].data() + at);
    }
  for (std::size_t f = 0; f < fields.size(); ++f) {
    if (fields[f].place < centre_place)
      boundary_.complete(predicted_[f], fields[f].place);
    else
      boundary_.complete_scalar(predicted_[f], fields[f].scalar);
  }
}

void Advection::correct(const Velocity& v, double dt, std::span<const Carried> fields, std::span<Field> to, bool limit) {
  const FieldBox& box = mac_.box();
  for (int k = 0; k < box.n[2]; ++k)
    for (int j = 0; j < box.n[1]; ++j) {
      const std::ptrdiff_t at = box.index(0, j, k);
      const RowView view = row_view(v, dt, fields[0].place, at);
      kernels_.trace(view);
      for (std::size_t f = 0; f < fields.size(); ++f)
        kernels_.correct(view, fields[f].field->data() + at, predicted_[f].data() + at, to[f].data() + at, limit);
    }
}

} // namespace ansatz::solvers::flow
