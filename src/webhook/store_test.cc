// SPDX-License-Identifier: Apache-2.0
#include "webhook/store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "journal/test_folder.h"
#include "webhook/schedule.h"

namespace ringfence::webhook {
namespace {

constexpr Time kNow = Time{} + Duration::hours(24 * 20'000);

std::unique_ptr<Store> opened(const TestFolder& folder) {
  auto opened = Store::open(folder.path());
  EXPECT_TRUE(opened) << opened.error().text();
  EXPECT_EQ(opened->set_aside, "");
  return std::move(opened->store);
}

StoreChange waiting(const std::string& endpoint, std::uint64_t first, std::uint64_t last) {
  StoreChange change;
  for (std::uint64_t seq = first; seq <= last; ++seq) {
    change.waiting.push_back({endpoint, {seq, 0, kNow}});
  }
  return change;
}

std::vector<std::uint64_t> due(Store& store, const std::string& endpoint, Time now = kNow) {
  std::vector<std::uint64_t> numbers;
  const auto rows = store.due(endpoint, now, 100);
  for (const PendingRow& row : *rows) numbers.push_back(row.seq);
  return numbers;
}

using Numbers = std::vector<std::uint64_t>;

TEST(WebhookStore, WhatIsCommittedIsThereAgain) {
  const TestFolder folder;
  EXPECT_FALSE(Store::exists(folder.path()));
  {
    const auto store = opened(folder);
    StoreChange change = waiting("ops", 7, 8);
    change.waiting[1].row.attempts = 3;
    change.endpoints = {{"ops", "id1", 9, false}, {"old", "id2", 5, true}};
    ASSERT_TRUE(store->commit(change));
  }
  EXPECT_TRUE(Store::exists(folder.path()));
  const auto store = opened(folder);
  const auto rows = *store->endpoints();
  ASSERT_EQ(rows.size(), 2U);  // by name
  EXPECT_EQ(rows[0].name, "old");
  EXPECT_TRUE(rows[0].disabled);
  EXPECT_EQ(rows[1].identity, "id1");
  EXPECT_EQ(rows[1].cursor, 9U);
  EXPECT_FALSE(rows[1].disabled);
  const auto found = *store->due("ops", kNow, 100);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].seq, 8U);
  EXPECT_EQ(found[1].attempts, 3);
  EXPECT_EQ(found[1].next_at, kNow);
}

TEST(WebhookStore, IsForItsOwnerOnly) {
  const TestFolder folder;
  const auto store = opened(folder);
  struct stat found{};
  ASSERT_EQ(::stat((folder.path() + "/" + kStoreName).c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST(WebhookStore, TellsWhatIsDueAndWhenTheNextIs) {
  const TestFolder folder;
  const auto store = opened(folder);
  StoreChange change;
  change.waiting.push_back({"ops", {1, 0, kNow + Duration::seconds(5)}});
  change.waiting.push_back({"ops", {2, 0, kNow}});
  change.waiting.push_back({"ops", {3, 0, kNow - Duration::seconds(1)}});
  change.waiting.push_back({"ops", {4, 0, kNow + kDelayMax + Duration::seconds(1)}});
  change.waiting.push_back({"other", {5, 0, kNow}});
  ASSERT_TRUE(store->commit(change));
  // 4 was written under a clock that ran ahead.
  EXPECT_EQ(due(*store, "ops"), (Numbers{3, 2, 4}));
  EXPECT_EQ(*store->next_due("ops", kNow), kNow + Duration::seconds(5));
  EXPECT_EQ(*store->next_due("none", kNow), std::nullopt);
  EXPECT_EQ(*store->pending("ops"), 4U);
}

TEST(WebhookStore, ForgetsWhatIsDoneAndWhoIsGone) {
  const TestFolder folder;
  const auto store = opened(folder);
  for (const char* name : {"a", "b", "c"}) {
    StoreChange change = waiting(name, 1, 3);
    change.endpoints = {{name, "id", 3, false}};
    ASSERT_TRUE(store->commit(change));
  }
  StoreChange change;
  change.done = {{"a", 2}};
  change.removed = {"b"};
  change.emptied = {"c"};
  ASSERT_TRUE(store->commit(change));
  EXPECT_EQ(due(*store, "a"), (Numbers{1, 3}));
  EXPECT_EQ(due(*store, "b"), Numbers{});
  EXPECT_EQ(due(*store, "c"), Numbers{});
  EXPECT_EQ(store->endpoints()->size(), 2U);
}

TEST(WebhookStore, DropsTheOldestAboveItsBound) {
  const TestFolder folder;
  const auto store = opened(folder);
  ASSERT_TRUE(store->commit(waiting("ops", 1, kPendingMax)));
  ASSERT_TRUE(store->commit(waiting("other", 1, 1)));
  const auto dropped = store->commit(waiting("ops", kPendingMax + 1, kPendingMax + 3));
  ASSERT_TRUE(dropped);
  EXPECT_EQ(*dropped, (std::map<std::string, std::uint64_t>{{"ops", 3}}));
  EXPECT_EQ(*store->pending("ops"), kPendingMax);
  EXPECT_EQ(due(*store, "ops").front(), 4U);
  EXPECT_EQ(*store->pending("other"), 1U);
}

void expect_set_aside(const TestFolder& folder) {
  {
    const auto again = Store::open(folder.path());
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_NE(again->set_aside, "");
    EXPECT_TRUE(std::filesystem::exists(again->set_aside));
    EXPECT_EQ(again->store->endpoints()->size(), 0U);
    ASSERT_TRUE(again->store->commit(waiting("ops", 1, 1)));
  }
  EXPECT_EQ(due(*opened(folder), "ops"), Numbers{1});
}

TEST(WebhookStore, OneThatIsDamagedIsSetAside) {
  const TestFolder folder;
  const std::string path = folder.path() + "/" + kStoreName;
  std::ofstream(path) << std::string(8'192, 'x');
  expect_set_aside(folder);
}

TEST(WebhookStore, OneWithAHoleInItIsSetAside) {
  const TestFolder folder;
  {
    const auto store = opened(folder);
    ASSERT_TRUE(store->commit(waiting("ops", 1, 5'000)));
  }
  const std::string path = folder.path() + "/" + kStoreName;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(20'000);
  file << std::string(30'000, 'x');
  file.close();
  expect_set_aside(folder);
}

TEST(WebhookStore, OneOfAnotherProgramIsSetAside) {
  const TestFolder folder;
  const std::string path = folder.path() + "/" + kStoreName;
  ASSERT_EQ(::system(("sqlite3 " + path + " 'CREATE TABLE other (x)'").c_str()), 0);
  expect_set_aside(folder);
}

}  // namespace
}  // namespace ringfence::webhook
