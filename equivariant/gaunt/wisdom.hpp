// SPDX-License-Identifier: Apache-2.0
/// Measured choices of methods, kept between runs like FFTW's wisdom. In a file (docs/formats.md): /gaunt/wisdom/<processor>/<key> with the
/// attributes `method` and `seconds` a lane block; a key names operation, parts, degrees, precision and kernels: `product_even_4_4_8_f32_avx2`.
/// A file holds the choices of any number of processors; only those of this one are used.
/// Errors: FileError as data/open_file.hpp; `file_format` for another convention or version of /gaunt.
/// Threads: values.  MPI: read, write and choose_methods are collective; all ranks hold the same.
#pragma once

#include <ansatz/data/collective.hpp>
#include <ansatz/equivariant/gaunt/plan.hpp>

#include <map>
#include <optional>

namespace ansatz::equivariant {

/// Says how the signals of a file are written (spherical_harmonics.hpp); readers refuse any other.
inline constexpr const char* product_convention = "y-polar,noCS,integral,l2+l+m";

class Wisdom {
public:
  struct Choice {
    std::string method;
    double seconds = 0.0;
  };
  Wisdom();
  /// Adds what the file holds; its choices replace equal keys here.
  void read(MPI_Comm comm, const std::string& path);
  /// Writes everything, in the place of a file of that name.
  void write(MPI_Comm comm, const std::string& path) const;
  /// The choice for this processor.
  [[nodiscard]] std::optional<Choice> find(const std::string& key) const;
  void enter(const std::string& key, const Choice& choice);
  /// Choices of all processors.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] const std::string& processor() const { return processor_; }

private:
  std::string processor_;
  std::map<std::string, std::map<std::string, Choice>> choices_; ///< by processor, by key
};

/// `options` with the methods named: where they say `auto`, what the wisdom says, or what rank 0 measures, which the wisdom then holds. So all ranks,
/// and all runs with one file, compute the same bits.
template <class T>
[[nodiscard]] GauntOptions choose_methods(MPI_Comm comm, const GauntOptions& options, Wisdom& wisdom);

} // namespace ansatz::equivariant
