// SPDX-License-Identifier: Apache-2.0
// What lies in the data directory: modes, contents, and what is refused.
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "auth/operator.h"
#include "auth/run_token.h"
#include "auth/secret_file.h"
#include "base/file.h"

namespace ringfence::auth {
namespace {

class Secrets : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "rf_auth_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  static mode_t mode_of(const std::string& file) {
    struct stat about{};
    EXPECT_EQ(::stat(file.c_str(), &about), 0) << file;
    return about.st_mode & 07777;
  }

  std::string folder_;
};

TEST_F(Secrets, AreMadeOnceAndPrivate) {
  const auto first = RunSigner::open(folder_);
  ASSERT_TRUE(first) << first.error().text();
  const auto second = RunSigner::open(folder_);
  ASSERT_TRUE(second) << second.error().text();
  EXPECT_EQ(first->installation(), second->installation());
  EXPECT_EQ(first->key()->id(), second->key()->id());
  EXPECT_EQ(first->key()->public_bytes(), second->key()->public_bytes());

  const auto token = open_operator_token(folder_);
  ASSERT_TRUE(token) << token.error().text();
  EXPECT_EQ(*open_operator_token(folder_), *token);
  const auto key = digest_key(folder_);
  ASSERT_TRUE(key) << key.error().text();
  EXPECT_EQ(key->size(), 32U);
  EXPECT_EQ(*digest_key(folder_), *key);
  for (const char* name : {"run.key", "installation", "operator.token", "digest.key"}) {
    EXPECT_EQ(mode_of(path(name)), 0600U) << name;
  }
}

TEST_F(Secrets, AKeyOthersCanReadIsRefused) {
  ASSERT_TRUE(RunSigner::open(folder_));
  for (const mode_t mode : {0640U, 0604U, 0620U, 0777U}) {
    ASSERT_EQ(::chmod(path("run.key").c_str(), mode), 0);
    const auto refused = RunSigner::open(folder_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
    EXPECT_EQ(refused.error().where, path("run.key"));
  }
}

TEST_F(Secrets, ACredentialOfTheServiceMayBeReadableByItsGroup) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make root's files";
  ASSERT_TRUE(write_file_atomic(path("tls.key"), "secret", 0440));
  ASSERT_EQ(::chmod(path("tls.key").c_str(), 0440), 0);
  EXPECT_FALSE(read_secret_file(path("tls.key")));
  ::setenv("CREDENTIALS_DIRECTORY", folder_.c_str(), 1);
  EXPECT_TRUE(read_secret_file(path("tls.key")));
  for (const mode_t mode : {0460U, 0444U, 0450U}) {
    ASSERT_EQ(::chmod(path("tls.key").c_str(), mode), 0);
    EXPECT_FALSE(read_secret_file(path("tls.key"))) << mode;
  }
  ASSERT_EQ(::chmod(path("tls.key").c_str(), 0440), 0);
  ASSERT_EQ(::chown(path("tls.key").c_str(), 65534, 0), 0);
  EXPECT_FALSE(read_secret_file(path("tls.key"))) << "another user's";
  ASSERT_EQ(::chown(path("tls.key").c_str(), 0, 0), 0);
  ::setenv("CREDENTIALS_DIRECTORY", (folder_ + "/elsewhere").c_str(), 1);
  EXPECT_FALSE(read_secret_file(path("tls.key"))) << "outside the directory";
  ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_F(Secrets, ALinkIsNotFollowed) {
  ASSERT_TRUE(write_file_atomic(path("elsewhere"), make_operator_token() + "\n", 0600));
  ASSERT_EQ(::symlink(path("elsewhere").c_str(), path("operator.token").c_str()), 0);
  const auto refused = open_operator_token(folder_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::forbidden);
}

TEST_F(Secrets, DamagedFilesAreRefusedNotReplaced) {
  for (const char* name : {"run.key", "installation", "operator.token", "digest.key"}) {
    for (const char* content : {"", "\n", "rf_op_short\n", "-----BEGIN PRIVATE KEY-----\n"}) {
      ASSERT_TRUE(write_file_atomic(path(name), content, 0600));
      const bool opened =
          name == std::string_view("operator.token") ? open_operator_token(folder_).has_value()
          : name == std::string_view("digest.key")   ? digest_key(folder_).has_value()
                                                     : RunSigner::open(folder_).has_value();
      EXPECT_FALSE(opened) << name << " with " << content;
      EXPECT_EQ(*read_file(path(name), 100), content);
      ::unlink(path(name).c_str());
    }
  }
}

TEST_F(Secrets, AKeyOfAnotherKindIsRefused) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  BIO* sink = BIO_new(BIO_s_mem());
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(sink, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(sink, &data);
  const auto refused = RunKey::from_pem({data, static_cast<std::size_t>(size)});
  BIO_free(sink);
  EVP_PKEY_free(key);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid);
  EXPECT_NE(refused.error().message.find("another kind"), std::string::npos);
}

TEST_F(Secrets, AKeySurvivesItsPem) {
  const auto made = RunKey::generate();
  const auto read = RunKey::from_pem(made->to_pem());
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->id(), made->id());
  EXPECT_TRUE((*read)->verify("message", made->sign("message")));
  EXPECT_FALSE((*read)->verify("Message", made->sign("message")));
}

TEST(OperatorToken, IsLongAndNeverTheSame) {
  const std::string token = make_operator_token();
  EXPECT_TRUE(is_operator_token(token));
  EXPECT_EQ(token.size(), 49U);
  EXPECT_NE(token, make_operator_token());
  EXPECT_FALSE(is_operator_token(token.substr(0, 48)));
  EXPECT_FALSE(is_operator_token(token + "A"));
  EXPECT_FALSE(is_operator_token("rf_op_"));
  EXPECT_FALSE(is_operator_token("sk-" + token));
}

TEST(Operators, KnowOnlyTheirToken) {
  const std::string token = make_operator_token();
  const Operators operators(token);
  ASSERT_NE(operators.find(token), nullptr);
  EXPECT_EQ(operators.find(token)->name, "operator");
  EXPECT_EQ(operators.find(make_operator_token()), nullptr);
  EXPECT_EQ(operators.find(""), nullptr);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(operators.find(changed), nullptr) << i;
  }
}

TEST(Rights, AreGrantedOverSubtrees) {
  const Operator viewer{"v", {{Right::view | Right::run, "acme/research"}}};
  EXPECT_TRUE(viewer.may(Right::view, "acme/research"));
  EXPECT_TRUE(viewer.may(Right::view | Right::run, "acme/research/reviewer-7"));
  EXPECT_FALSE(viewer.may(Right::view | Right::budget, "acme/research"));
  EXPECT_FALSE(viewer.may(Right::view, "acme"));
  EXPECT_FALSE(viewer.may(Right::view, "acme/research-2"));
  EXPECT_FALSE(viewer.may(Right::view, "/"));
  const Operators all(make_operator_token());
  EXPECT_TRUE(all.local().may(Rights::all(), "/"));
  EXPECT_EQ(names_of(Right::operate | Right::budget), "operate and budget");
}

}  // namespace
}  // namespace ringfence::auth
