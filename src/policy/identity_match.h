// SPDX-License-Identifier: Apache-2.0
// IdentityMatch: whom a rule is about, from `for: {user: alice, org: [acme, initech]}`.
//
// Contract: immutable after `read`. A field that is not stated is about anyone. What a credential
// does not say can not be used to get away: a rule that takes something covers who might be meant,
// a rule that gives something is only for who certainly is.
#pragma once

#include <string>
#include <vector>

#include "policy/identity.h"
#include "policy/reader.h"

namespace ringfence {

class IdentityMatch {
 public:
  // Reports what is wrong and then is about anyone.
  static IdentityMatch read(Problems& problems, YamlNode map);

  bool anyone() const { return fields_.empty(); }
  // Every stated field is one of those named: for what a rule gives.
  bool admits(const Identity& identity) const;
  // The same, or the credential does not say: for walls, denials and questions.
  bool covers(const Identity& identity) const;
  // "user alice, org acme or initech"; empty: anyone.
  std::string text() const;

  friend bool operator==(const IdentityMatch&, const IdentityMatch&) = default;

 private:
  struct Field {
    std::string Identity::* field;
    std::vector<std::string> values;
    friend bool operator==(const Field&, const Field&) = default;
  };
  std::vector<Field> fields_;
};

// The fields of an identity by name: user, team, org, session; null for any other name.
std::string Identity::* identity_field(std::string_view name);
std::string_view identity_field_name(std::string Identity::* field);

// `require: [user, org]`: fields that a credential must state.
std::vector<std::string Identity::*> read_required_fields(Problems& problems, YamlNode list);

}  // namespace ringfence
