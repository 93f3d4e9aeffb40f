// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <psa/sdk/iso_text.hpp>

namespace {

std::string text(const std::optional<psa::IsoText>& iso) { return iso ? std::string(iso->view()) : "none"; }

TEST(IsoText, WritesDatesOfTheWholeCalendar) {
  EXPECT_EQ(text(psa::IsoText::date(0)), "1970-01-01");
  EXPECT_EQ(text(psa::IsoText::date(-1)), "1969-12-31");
  EXPECT_EQ(text(psa::IsoText::date(11016)), "2000-02-29");
  EXPECT_EQ(text(psa::IsoText::date(-25509)), "1900-02-28");
  EXPECT_EQ(text(psa::IsoText::date(-25508)), "1900-03-01");
  EXPECT_EQ(text(psa::IsoText::date(-719162)), "0001-01-01");
  EXPECT_EQ(text(psa::IsoText::date(2932896)), "9999-12-31");
  EXPECT_EQ(text(psa::IsoText::date(-719163)), "none");
  EXPECT_EQ(text(psa::IsoText::date(2932897)), "none");
}

TEST(IsoText, WritesFractionsOnlyWhereThereAreAny) {
  EXPECT_EQ(text(psa::IsoText::time(0, 1)), "00:00:00");
  EXPECT_EQ(text(psa::IsoText::time(43'200'000'000, 1'000'000)), "12:00:00");
  EXPECT_EQ(text(psa::IsoText::time(1, 1'000'000)), "00:00:00.000001");
  EXPECT_EQ(text(psa::IsoText::time(1, 1'000)), "00:00:00.001000");
  EXPECT_EQ(text(psa::IsoText::time(1, 1'000'000'000)), "00:00:00.000000001");
  EXPECT_EQ(text(psa::IsoText::time(86'400, 1)), "none");
  EXPECT_EQ(text(psa::IsoText::time(-1, 1)), "none");
}

TEST(IsoText, WritesTimestampsBeforeAndAfterTheEpoch) {
  EXPECT_EQ(text(psa::IsoText::timestamp(1'704'164'645'000'007, 1'000'000, "")),
            "2024-01-02 03:04:05.000007");
  EXPECT_EQ(text(psa::IsoText::timestamp(-1, 1'000'000, "")), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(text(psa::IsoText::timestamp(INT64_MAX, 1'000'000, "")), "none");
  EXPECT_EQ(text(psa::IsoText::timestamp(INT64_MIN, 1, "")), "none");
}

TEST(IsoText, KeepsFixedOffsetsAndWritesOtherZonesAsUtc) {
  EXPECT_EQ(text(psa::IsoText::timestamp(0, 1, "UTC")), "1970-01-01 00:00:00+00:00");
  EXPECT_EQ(text(psa::IsoText::timestamp(0, 1, "+05:30")), "1970-01-01 05:30:00+05:30");
  EXPECT_EQ(text(psa::IsoText::timestamp(0, 1, "-08:00")), "1969-12-31 16:00:00-08:00");
  EXPECT_EQ(text(psa::IsoText::timestamp(0, 1, "Europe/Berlin")), "1970-01-01 00:00:00+00:00");
}

}  // namespace
