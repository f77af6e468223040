// SPDX-License-Identifier: Apache-2.0
#include <ansatz/solvers/flow/flow_checkpoint.hpp>

#include <ansatz/data/collective.hpp>
#include <ansatz/solvers/petsc.hpp>

namespace ansatz::solvers::flow {
namespace {

constexpr std::array axis_names{"nx", "ny", "nz"};

/// A vector in the order of the whole grid, which does not depend on the partition, beside one in the order of the blocks.
class Exchange {
public:
  explicit Exchange(DM dm) : dm_(dm) {
    petsc_check(DMDACreateNaturalVector(dm, &natural_));
    petsc_check(DMCreateGlobalVector(dm, &global_));
    petsc_check(VecGetOwnershipRange(natural_, &from_, &to_));
  }
  ~Exchange() {
    VecDestroy(&natural_);
    VecDestroy(&global_);
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void write(CheckpointWriter& file, const std::string& name, Vec v) {
    petsc_check(DMDAGlobalToNaturalBegin(dm_, v, INSERT_VALUES, natural_));
    petsc_check(DMDAGlobalToNaturalEnd(dm_, v, INSERT_VALUES, natural_));
    const double* values = nullptr;
    petsc_check(VecGetArrayRead(natural_, &values));
    file.array(name, std::span<const double>(values, static_cast<std::size_t>(to_ - from_)));
    petsc_check(VecRestoreArrayRead(natural_, &values));
  }
  void read(const CheckpointReader& file, const std::string& name, Vec v) {
    const std::vector<double> read = file.array(name, from_, to_ - from_);
    double* values = nullptr;
    petsc_check(VecGetArrayWrite(natural_, &values));
    std::copy(read.begin(), read.end(), values);
    petsc_check(VecRestoreArrayWrite(natural_, &values));
    petsc_check(DMDANaturalToGlobalBegin(dm_, natural_, INSERT_VALUES, v));
    petsc_check(DMDANaturalToGlobalEnd(dm_, natural_, INSERT_VALUES, v));
  }
  void write(CheckpointWriter& file, const std::string& name, const MacGrid& mac, const Field& f) {
    double* values = nullptr;
    petsc_check(VecGetArrayWrite(global_, &values));
    mac.pack(f, {values, own()});
    petsc_check(VecRestoreArrayWrite(global_, &values));
    write(file, name, global_);
  }
  void read(const CheckpointReader& file, const std::string& name, const MacGrid& mac, Field& f) {
    read(file, name, global_);
    const double* values = nullptr;
    petsc_check(VecGetArrayRead(global_, &values));
    mac.unpack({values, own()}, f);
    petsc_check(VecRestoreArrayRead(global_, &values));
  }

private:
  [[nodiscard]] std::size_t own() const {
    PetscInt n = 0;
    petsc_check(VecGetLocalSize(global_, &n));
    return static_cast<std::size_t>(n);
  }

  DM dm_;
  Vec natural_ = nullptr;
  Vec global_ = nullptr;
  PetscInt from_ = 0;
  PetscInt to_ = 0;
};

std::string guess_name(std::size_t i) { return "guess_" + std::to_string(i); }

std::int64_t is_liquid(const Flow& flow) { return flow.options().liquid ? 1 : 0; }
std::int64_t is_reflection(const Flow& flow) { return flow.options().scheme == Scheme::reflection && !flow.options().liquid ? 1 : 0; }

void require_same(const Flow& flow, const CheckpointReader& file, std::int64_t cells) {
  const auto refuse = [&](const std::string& difference) {
    throw UsageError("bad_value", file.path() + ": the checkpoint belongs to another flow: " + difference +
                                      "; leave out what changes grid, scene or kind of flow, or start without --restart");
  };
  for (std::size_t a = 0; a < 3; ++a)
    if (const auto n = file.counter(axis_names[a]); n != flow.mac().grid().cells[a])
      refuse(axis_names[a] + (" was " + std::to_string(n)) + " and is " + std::to_string(flow.mac().grid().cells[a]));
  if (file.counter("liquid") != is_liquid(flow)) refuse(is_liquid(flow) != 0 ? "it was smoke and is a liquid" : "it was a liquid and is smoke");
  if (file.counter("reflection") != is_reflection(flow)) refuse("its scheme was another one");
  if (file.counter("cells") != cells) refuse("its solids, fluid and air were in other cells");
}

} // namespace

void save(Flow& flow, CheckpointWriter& file) {
  const MacGrid& mac = flow.mac();
  Exchange exchange(mac.pressure_dm());
  const Flow::State state = flow.state();
  for (const auto& [name, field] : state.fields) exchange.write(file, name, mac, *field);
  for (const auto& [name, number] : state.numbers) file.number(name, *number);
  for (const auto& [name, counter] : state.counters) file.counter(name, *counter);
  const auto& cells = mac.grid().cells;
  for (std::size_t a = 0; a < 3; ++a) file.counter(axis_names[a], cells[a]);
  file.counter("liquid", is_liquid(flow));
  file.counter("reflection", is_reflection(flow));
  file.counter("cells", flow.scene_hash());
  const PressureGuess& guess = flow.guess();
  const auto vectors = guess.vectors();
  file.counter("guess", static_cast<std::int64_t>(guess.kind()));
  file.counter("guesses", static_cast<std::int64_t>(vectors.size()));
  file.number("guess_dt", guess.dt());
  for (std::size_t i = 0; i < vectors.size(); ++i) exchange.write(file, guess_name(i), vectors[i]);
}

void load(Flow& flow, const CheckpointReader& file) {
  const MacGrid& mac = flow.mac();
  const std::int64_t cells = flow.scene_hash();
  agree(mac.comm(), [&] { require_same(flow, file, cells); });
  Exchange exchange(mac.pressure_dm());
  const Flow::State state = flow.state();
  for (const auto& [name, field] : state.fields) exchange.read(file, name, mac, *field);
  for (const auto& [name, number] : state.numbers) *number = file.number(name);
  for (const auto& [name, counter] : state.counters) *counter = file.counter(name);
  flow.restored();
  PressureGuess& guess = flow.guess();
  if (file.counter("guess") != static_cast<std::int64_t>(guess.kind())) return; // another policy: nothing learned yet
  guess.restore(static_cast<std::size_t>(file.counter("guesses")), file.number("guess_dt"));
  for (std::size_t i = 0; i < guess.vectors().size(); ++i) exchange.read(file, guess_name(i), guess.vectors()[i]);
}

} // namespace ansatz::solvers::flow
