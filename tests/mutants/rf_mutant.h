// SPDX-License-Identifier: Apache-2.0
// rf_mutant: whether the mutant of that number is the one that this process runs.
//
// Contract: `tools/mutants` writes calls of it into copies of src/ledger and src/audit. The number
// comes from RF_MUTANT, read once; 0 or none: no mutant, the code as it is. While the compiler
// computes, no mutant runs. With RF_MUTANT_REACHED=FILE the process writes at its end which numbers
// it came by, one a line; a test program that never comes by a mutant cannot kill it.
#pragma once

#include <bitset>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace rf_mutants {

inline constexpr int kMutantsMax = 10'000;

struct Reached {
  const char* file = std::getenv("RF_MUTANT_REACHED");
  std::bitset<kMutantsMax> numbers;

  ~Reached() {
    if (file == nullptr) return;
    std::FILE* out = std::fopen(file, "w");
    if (out == nullptr) std::abort();
    for (int number = 0; number < kMutantsMax; ++number) {
      if (numbers[number]) std::fprintf(out, "%d\n", number);
    }
    std::fclose(out);
    file = nullptr;
  }
};

inline int chosen() {
  const char* text = std::getenv("RF_MUTANT");
  return text == nullptr ? 0 : std::atoi(text);
}

inline const int kChosen = chosen();
inline Reached reached;

}  // namespace rf_mutants

constexpr bool rf_mutant(int number) {
  if consteval {
    return false;
  } else {
    if (rf_mutants::reached.file != nullptr) rf_mutants::reached.numbers[number] = true;
    return number == rf_mutants::kChosen;
  }
}
