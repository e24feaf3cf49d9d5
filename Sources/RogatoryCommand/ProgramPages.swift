import DurableFiles
import Glibc

/// Gives back the memory of the program's own code, and its libraries', that only the start has needed:
/// some thirty megabytes, which work on very many files has a better use for.
///
/// Code is mapped from its files and never changed, so the system brings a page back from its cache when
/// it is needed again. What can be or could be written to, as by the loader, isn't executable, and is left
/// alone. Where the system doesn't tell or won't, the pages stay.
///
/// - Parameter count: so many files are ahead; nothing is done for few.
func releaseProgramPages(before count: Int) {
  guard count >= manyFiles else { return }
  guard let maps = try? readSmallFile("/proc/self/maps", limit: 1 << 20) else { return }
  for line in maps.split(separator: UInt8(ascii: "\n")) {
    // `start-end r-xp offset device inode path`
    let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    guard words.count >= 6, words[1] == "r-xp", words[5].hasPrefix("/") else { continue }
    let ends = words[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
    guard ends.count == 2, ends[0] < ends[1] else { continue }
    _ = madvise(
      UnsafeMutableRawPointer(bitPattern: ends[0]), Int(ends[1] - ends[0]), MADV_DONTNEED)
  }
}

/// Below, a program takes no more than its pages and a few megabytes.
private let manyFiles = 10_000
