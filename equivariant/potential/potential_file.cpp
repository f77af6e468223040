// SPDX-License-Identifier: Apache-2.0
#include <ansatz/equivariant/potential/potential_file.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace ansatz::equivariant {
namespace {

constexpr const char* model_name = "potential";
constexpr std::int64_t model_version = 1;

std::string description(const PotentialOptions& o) {
  return nlohmann::json{{"elements", o.elements}, {"cutoff", o.cutoff}, {"radial", o.radial},   {"degree", o.degree},
                        {"channels", o.channels}, {"order", o.order},   {"product", o.product}, {"seed", o.seed}}
      .dump();
}

PotentialOptions options_of(const std::string& path, const std::string& text) {
  PotentialOptions o;
  try {
    const nlohmann::json found = nlohmann::json::parse(text);
    found.at("elements").get_to(o.elements);
    found.at("cutoff").get_to(o.cutoff);
    found.at("radial").get_to(o.radial);
    found.at("degree").get_to(o.degree);
    found.at("channels").get_to(o.channels);
    found.at("order").get_to(o.order);
    found.at("product").get_to(o.product);
    found.at("seed").get_to(o.seed);
  } catch (const nlohmann::json::exception& e) {
    throw FileError("file_format", path + ": the description of the model is not that of a potential: " + e.what());
  }
  return o;
}

} // namespace

void save_potential(const std::string& path, const Potential& potential, const std::vector<double>& losses, const Meta& meta,
                    PublishOptions options) {
  const auto elements = static_cast<std::int64_t>(potential.offsets().size());
  const auto features = static_cast<std::int64_t>(potential.features());
  const std::vector<double> coefficients(potential.coefficients().begin(), potential.coefficients().end());
  const std::vector<double> offsets(potential.offsets().begin(), potential.offsets().end());
  write_model(path,
              {.name = model_name,
               .version = model_version,
               .description_json = description(potential.options()),
               .arrays = {{.name = "coefficients", .shape = {elements, features}, .values = coefficients},
                          {.name = "offsets", .shape = {elements}, .values = offsets}},
               .loss_history = losses},
              meta, options);
}

Potential load_potential(const std::string& path) {
  const Model model = read_model(path, model_name, model_version);
  try {
    Potential potential(options_of(path, model.description_json));
    const auto fill = [&](const char* name, const std::vector<std::int64_t>& shape, std::span<double> to) {
      const ModelArray& array = model.array(name);
      const auto* values = std::get_if<std::vector<double>>(&array.values);
      if (array.shape != shape || values == nullptr)
        throw FileError("file_format", path + ": array " + name + " has not the shape or precision that its description asks for");
      std::copy(values->begin(), values->end(), to.begin());
    };
    const auto elements = static_cast<std::int64_t>(potential.offsets().size());
    fill("coefficients", {elements, static_cast<std::int64_t>(potential.features())}, potential.coefficients());
    fill("offsets", {elements}, potential.offsets());
    return potential;
  } catch (const UsageError& e) {
    throw FileError("file_format", path + ": the description of the model does not make a potential: " + e.what());
  }
}

} // namespace ansatz::equivariant
