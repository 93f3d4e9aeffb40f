#include "elf_identity.hpp"

#include <fstream>
#include <iterator>
#include <optional>

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <psa/driver.h>

#include "refusal.hpp"
#include "temporary_folder.hpp"

namespace prefect_sqlalchemy {
namespace {

using test_support::TemporaryFolder;
using testing::HasSubstr;
using testing::StartsWith;

std::filesystem::path fake(const std::string& name) {
  return std::filesystem::path(PSA_FAKES_FOLDER) / (name + ".so");
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string refusal_of(const std::filesystem::path& file) {
  try {
    read_elf_identity(file);
  } catch (const Refusal& refusal) {
    return refusal.what();
  }
  return "";
}

class ElfIdentity : public testing::Test {
 protected:
  std::string refusal_of_bytes(std::string_view bytes) const {
    return refusal_of(folder_.write("x.so", bytes));
  }

  std::string good_ = bytes_of(fake("fake"));
  TemporaryFolder folder_;
};

TEST_F(ElfIdentity, IsReadFromTheFile) {
  const auto identity = read_elf_identity(fake("fake"));
  EXPECT_EQ(identity.abi_major, PSA_ABI_MAJOR);
  EXPECT_EQ(identity.abi_minor, PSA_ABI_MINOR);
  EXPECT_EQ(identity.abi_minor_min, PSA_ABI_MINOR);
  EXPECT_EQ(identity.capabilities, PSA_CAP_TRANSACTIONS);
  EXPECT_EQ(identity.arch, PSA_ARCH);
  EXPECT_EQ(identity.name, "fake");
  EXPECT_EQ(identity.version, "1.0.0");
}

TEST_F(ElfIdentity, OfAnotherAbiIsRefused) {
  EXPECT_EQ(refusal_of(fake("fake_other_abi")), "built for ABI 2.0; this library speaks 1.0");
  EXPECT_EQ(refusal_of(fake("fake_other_minor")), "needs ABI 1.999 or newer; this library speaks 1.0");
}

TEST_F(ElfIdentity, MustBeThereWithAnEntry) {
  EXPECT_THAT(refusal_of(fake("fake_no_identity")), StartsWith("has no section psa_identity"));
  EXPECT_THAT(refusal_of(fake("fake_no_entry")), StartsWith("does not export psa_driver_entry_v1"));
}

TEST_F(ElfIdentity, IsNotLookedForInOtherFiles) {
  EXPECT_EQ(refusal_of_bytes(""), "is empty");
  EXPECT_THAT(refusal_of_bytes("GROUP ( /lib/libc.so.6 )\n"), StartsWith("is not a shared library"));
  EXPECT_THAT(refusal_of_bytes("\x7f"), StartsWith("is truncated"));
  EXPECT_THAT(refusal_of("/proc/self/exe"),
              testing::AnyOf(StartsWith("has no section"), StartsWith("is not a")));
  EXPECT_EQ(refusal_of("/nowhere.so"), "cannot be opened: No such file or directory");
}

TEST_F(ElfIdentity, OfAnotherArchitectureIsRefused) {
  const auto patched = [&](std::size_t at, int value) {
    auto bytes = good_;
    bytes.at(at) = static_cast<char>(value);
    return refusal_of_bytes(bytes);
  };
  const auto own = "; this process runs on " PSA_ARCH;
  const auto other = std::string(PSA_ARCH) == "aarch64" ? EM_X86_64 : EM_AARCH64;
  const auto other_name = other == EM_AARCH64 ? std::string("aarch64") : std::string("x86_64");
  EXPECT_EQ(patched(offsetof(Elf64_Ehdr, e_machine), other), "built for " + other_name + own);
  EXPECT_EQ(patched(offsetof(Elf64_Ehdr, e_machine), EM_RISCV), std::string("built for riscv64") + own);
  EXPECT_THAT(patched(EI_CLASS, ELFCLASS32), StartsWith("built for "));
  EXPECT_THAT(patched(EI_DATA, ELFDATA2MSB), HasSubstr("(big-endian)"));
}

TEST_F(ElfIdentity, OfA32BitFileIsRefused) {
  std::string header(sizeof(Elf32_Ehdr), '\0');
  header.replace(0, SELFMAG, ELFMAG);
  header[EI_CLASS] = ELFCLASS32;
  header[EI_DATA] = ELFDATA2LSB;
  header[offsetof(Elf32_Ehdr, e_type)] = ET_DYN;
  header[offsetof(Elf32_Ehdr, e_machine)] = EM_386;
  EXPECT_EQ(refusal_of_bytes(header), "built for i686; this process runs on " PSA_ARCH);
}

TEST_F(ElfIdentity, OfAFileCutShortIsRefusedWhereverItIsCut) {
  const auto file = folder_.write("x.so", good_);
  for (auto size = good_.size() - 1; size > 97; size -= 97) {
    std::filesystem::resize_file(file, size);
    EXPECT_NE(refusal_of(file), "") << size;
  }
}

TEST_F(ElfIdentity, OfADamagedFileIsReadOrRefusedButNeverTrusted) {
  // Every byte of the headers in turn, and a sample of the rest. Patched in place: rewriting the file each
  // time would wait for the disk.
  const auto file = folder_.write("x.so", good_);
  std::fstream patch(file, std::ios::in | std::ios::out | std::ios::binary);
  const auto put = [&](std::size_t at, char byte) {
    patch.seekp(static_cast<std::streamoff>(at)).put(byte).flush();
    ASSERT_TRUE(patch);
  };
  const auto headers = sizeof(Elf64_Ehdr);
  const auto sections = good_.size() > 3000 ? good_.size() - 3000 : 0;  // they stand at the end
  for (std::size_t at = 0; at < good_.size(); at += at < headers || at >= sections ? 1 : 131) {
    put(at, static_cast<char>(good_[at] ^ 0xff));
    refusal_of(file);  // anything but a Refusal fails the test
    put(at, good_[at]);
  }
  EXPECT_EQ(refusal_of(file), "");
}

TEST_F(ElfIdentity, TextsMustEnd) {
  const auto at = good_.find(PSA_IDENTITY_MAGIC, 0, sizeof PSA_IDENTITY_MAGIC);
  ASSERT_NE(at, std::string::npos);
  auto bytes = good_;
  bytes.replace(at + offsetof(psa_identity, name), sizeof(psa_identity::name),
                std::string(sizeof(psa_identity::name), 'x'));
  EXPECT_EQ(refusal_of_bytes(bytes), "has an identity with a malformed text");
  bytes = good_;
  bytes.replace(at + offsetof(psa_identity, arch), 4, "z80\0", 4);
  EXPECT_THAT(refusal_of_bytes(bytes), StartsWith("built for z80"));
}

}  // namespace
}  // namespace prefect_sqlalchemy
