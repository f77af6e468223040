// SPDX-License-Identifier: Apache-2.0
#include <ansatz/data/error.hpp>
#include <ansatz/data/open_file.hpp>
#include <ansatz/data/provenance.hpp>
#include <ansatz/equivariant/gaunt/method_choice.hpp>
#include <ansatz/equivariant/gaunt/wisdom.hpp>

#include <algorithm>
#include <fstream>

namespace ansatz::equivariant {
namespace {

std::string entry_name(const std::string& processor, const std::string& key) { return processor + "/" + key; }

constexpr std::int64_t version = 1; // of the group /gaunt

/// Name of this machine's processor, fit for a link.
std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  std::string line, name, family, model;
  const auto take = [&](const char* key, std::string& value) {
    if (value.empty() && line.rfind(key, 0) == 0 && line.find(": ") != std::string::npos) value = line.substr(line.find(": ") + 2);
  };
  while (std::getline(in, line)) {
    take("model name", name);
    take("cpu family", family);
    take("model\t", model);
  }
  std::string all = name.empty() ? "unknown" : name + " " + family + "." + model;
  std::replace(all.begin(), all.end(), '/', '_');
  return all;
}

template <class T>
std::string key_of(const char* operation, const GauntPlan<T>& plan) {
  std::string key = std::string(operation) + (plan.part() == Parts::odd ? "_odd" : "_even");
  for (int operand = 1; operand <= 3; ++operand) key += "_" + std::to_string(plan.degree(operand));
  return key + (sizeof(T) == sizeof(float) ? "_f32_" : "_f64_") + std::string(plan.kernels());
}

void require_convention(const hdf5::Group& group, const hdf5::Place& place) {
  const std::string convention = hdf5::read_text(group.get(), "convention", place);
  if (convention != product_convention)
    throw FileError("file_format", place.file + ": the products of /gaunt are of the convention \"" + convention + "\"; this release knows \"" +
                                       product_convention + "\"");
  const std::int64_t found = hdf5::read_integer(group.get(), "format_version", place);
  if (found != version)
    throw FileError("file_format", place.file + ": version " + std::to_string(found) + " of /gaunt; this release reads " + std::to_string(version) +
                                       "; use the release that wrote it");
}

void broadcast_choice(MPI_Comm comm, Wisdom::Choice& choice) {
  broadcast(comm, choice.method);
  check_mpi(MPI_Bcast(&choice.seconds, 1, MPI_DOUBLE, 0, comm), "MPI_Bcast");
}

} // namespace

Wisdom::Wisdom() : processor_(processor_name()) {}

std::optional<Wisdom::Choice> Wisdom::find(const std::string& key) const {
  const auto mine = choices_.find(processor_);
  if (mine == choices_.end()) return std::nullopt;
  const auto found = mine->second.find(key);
  return found == mine->second.end() ? std::nullopt : std::optional(found->second);
}

void Wisdom::enter(const std::string& key, const Choice& choice) { choices_[processor_][key] = choice; }

std::size_t Wisdom::size() const {
  std::size_t n = 0;
  for (const auto& [processor, keys] : choices_) n += keys.size();
  return n;
}

void Wisdom::read(MPI_Comm comm, const std::string& path) {
  const OpenedFile opened = open_file(comm, path, "wisdom");
  agree(comm, [&] {
    const hdf5::Quiet quiet;
    const hdf5::Place place{opened.path, "/gaunt"};
    const hdf5::Group gaunt = hdf5::open_group(opened.file.get(), "gaunt", place);
    require_convention(gaunt, place);
    const hdf5::Group all = hdf5::open_group(gaunt.get(), "wisdom", place.at("/gaunt/wisdom"));
    for (const std::string& processor : hdf5::link_names(all.get(), place)) {
      const hdf5::Place here = place.at("/gaunt/wisdom/" + processor);
      const hdf5::Group group = hdf5::open_group(all.get(), processor, here);
      for (const std::string& key : hdf5::link_names(group.get(), here)) {
        const hdf5::Place entry = place.at("/gaunt/wisdom/" + entry_name(processor, key));
        const hdf5::Group choice = hdf5::open_group(group.get(), key, entry);
        choices_[processor][key] = {hdf5::read_text(choice.get(), "method", entry), hdf5::read_number(choice.get(), "seconds", entry)};
      }
    }
  });
}

void Wisdom::write(MPI_Comm comm, const std::string& path) const {
  StagedFile file(comm, path, {.overwrite = true});
  write_provenance(file, {}, "wisdom");
  file.step([&] {
    const hdf5::Place place = file.place("/gaunt");
    const hdf5::Group gaunt = hdf5::create_group(file.id(), "gaunt", place);
    hdf5::write_attribute(gaunt.get(), "convention", product_convention, place);
    hdf5::write_attribute(gaunt.get(), "format_version", version, place);
    const hdf5::Group all = hdf5::create_group(gaunt.get(), "wisdom", place.at("/gaunt/wisdom"));
    for (const auto& [processor, keys] : choices_)
      for (const auto& [key, choice] : keys) {
        const hdf5::Place entry = place.at("/gaunt/wisdom/" + entry_name(processor, key));
        const hdf5::Group group = hdf5::create_group(all.get(), entry_name(processor, key), entry);
        hdf5::write_attribute(group.get(), "method", choice.method, entry);
        hdf5::write_attribute(group.get(), "seconds", choice.seconds, entry);
      }
  });
  file.publish();
}

template <class T>
GauntOptions choose_methods(MPI_Comm comm, const GauntOptions& options, Wisdom& wisdom) {
  if (options.method != "auto") return options;
  GauntOptions named = options;
  named.method = "estimate"; // a plan that knows its degrees and kernels, at once
  named.verify = false;
  const GauntPlan<T> plan(named);
  if (plan.trimmed_degrees()[0] < 0) return options; // nothing to multiply
  const std::string product_key = key_of("product", plan), gradient_key = key_of("gradient", plan);
  Wisdom::Choice product, gradient;
  on_rank_0(comm, [&] {
    if (const auto known = wisdom.find(product_key)) product = *known;
    if (const auto known = wisdom.find(gradient_key)) gradient = *known;
    if (!product.method.empty() && !gradient.method.empty()) return;
    const auto [l1, l2, l3] = plan.trimmed_degrees();
    const MethodChoice measured = measure_methods(l1, l2, l3, find_kernels<T>(std::string(plan.kernels())), plan.part());
    if (product.method.empty()) product = {measured.product, measured.product_seconds};
    if (gradient.method.empty()) gradient = {measured.gradient, measured.gradient_seconds};
  });
  broadcast_choice(comm, product);
  broadcast_choice(comm, gradient);
  wisdom.enter(product_key, product);
  wisdom.enter(gradient_key, gradient);
  named.method = product.method;
  if (options.gradient_method.empty()) named.gradient_method = gradient.method;
  named.verify = options.verify;
  return named;
}

template GauntOptions choose_methods<float>(MPI_Comm, const GauntOptions&, Wisdom&);
template GauntOptions choose_methods<double>(MPI_Comm, const GauntOptions&, Wisdom&);

} // namespace ansatz::equivariant
