// SPDX-License-Identifier: Apache-2.0
#include <ansatz/apps/common/compression_option.hpp>

namespace ansatz::apps {

Option compression_option() {
  return {.path = "compression",
          .kind = OptionKind::text,
          .fallback = "\"\"",
          .sentence = "of the output's fields: abs=BOUND or rel=BOUND (of the range), with pred=interp|lorenzo, level=packed|plain; or bfp:w=8|16|32",
          .flag = "--compress"};
}

std::optional<Compression> compression_of(const Config& config) { return read_compression(config.get_text("compression")); }

std::optional<StoredField> write_field(RunContext& run, ResultFile& file, const FieldBlock& block, std::span<const double> values,
                                       const std::optional<Compression>& compression) {
  if (!compression) {
    file.write_field(block, values);
    return std::nullopt;
  }
  StoredField stored = file.write_field(block, values, *compression);
  const FieldStorage& s = stored.storage;
  const Tree* before = run.summary.tree().find("storage");
  Tree all = before ? *before : Tree::object();
  Tree& entry = all[block.name];
  entry["bits"] = Tree::of(s.bits);
  entry["ratio"] = Tree::of(64 / s.bits);
  entry["error_bound"] = Tree::of(s.error_bound);
  entry["error_max_measured"] = Tree::of(s.error_max_measured);
  run.summary.set("storage", all);
  return stored;
}

} // namespace ansatz::apps
