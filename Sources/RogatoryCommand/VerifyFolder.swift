import ASiC
import CanonicalJSON
import Dispatch
import DurableFiles
import Evidence
import Glibc
import Report
import RogatoryNode
import Synchronization

/// `verify` of a folder: each bundle in it and below, in the order of their paths, then a summary.
struct FolderVerification {
  private let folder: String
  private let paths: [String]
  private let passedOver: Int
  private let trust: TrustAnchors
  private let time: Int64?

  init(of folder: String, trust: TrustAnchors, at time: Int64?) throws {
    self.folder = folder
    self.trust = trust
    self.time = time
    var found: [String] = []
    var others = 0
    try Self.collect(folder, &found, &others, depth: 0)
    guard !found.isEmpty else {
      throw Failure(
        .failed, "\(folder) holds no bundle",
        hint: "files that end in \(Self.endings.joined(separator: ", ")) are looked at")
    }
    paths = found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    passedOver = others
  }

  /// What came of one file.
  fileprivate enum Outcome {
    case judged(Verification)
    case unreadable(Failure)
  }

  /// Prints a line for each file as soon as all before it are done, then the summary, and returns
  /// what the call comes to: proven bad goes before unreadable, and that before undecided.
  func run(json: Bool) -> ExitStatus {
    var tally = Tally()
    let now = currentTime()
    let width = max(1, min(Self.maximumWidth, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
    var rest = paths[...]
    while !rest.isEmpty {
      let batch = Array(rest.prefix(width * Self.filesPerThread))
      rest = rest.dropFirst(batch.count)
      for (path, outcome) in zip(batch, judge(batch, width: width, now: now)) {
        tally.add(outcome)
        printLine(json ? line(path, outcome) : words(path, outcome))
      }
    }
    printLine(json ? tally.json(passedOver) : "\n" + tally.words(passedOver))
    return tally.status
  }

  /// Judges some files on so many threads; the outcomes in the order of the files.
  private func judge(_ paths: [String], width: Int, now: Int64) -> [Outcome] {
    let next = Atomic<Int>(0)
    let outcomes = Mutex<[Int: Outcome]>([:])
    DispatchQueue.concurrentPerform(iterations: width) { _ in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < paths.count else { return }
        let outcome = judge(paths[index], now: now)
        outcomes.withLock { $0[index] = outcome }
      }
    }
    return outcomes.withLock { done in paths.indices.compactMap { done[$0] } }
  }

  private func judge(_ path: String, now: Int64) -> Outcome {
    do {
      let file = try FileReader(at: path)
      let container = try ContainerReader(fileDescriptor: file.fileDescriptor)
      return .judged(verify(container, trust: trust, at: time, now: now).verification)
    } catch ContainerError.readFailed(let errno) {
      return .unreadable(
        Failure(.failed, "can't read \(path): \(String(cString: strerror(errno)))"))
    } catch let error as ContainerError {
      return .judged(verdict(onMalformed: error))
    } catch {
      return .unreadable(Failure(error) ?? Failure(.failed, "\(error)"))
    }
  }

  private func line(_ path: String, _ outcome: Outcome) -> String {
    var object =
      switch outcome {
      case .judged(let verification):
        VerificationReport(verification, path: path, anchors: []).json
      case .unreadable(let failure): JSONStream(["error": .string(failure.what)])
      }
    object["file"] = .value(.string(path))
    var line: [UInt8] = []
    object.writeCanonical { line.append(contentsOf: $0) }
    return String(decoding: line, as: UTF8.self)
  }

  private func words(_ path: String, _ outcome: Outcome) -> String {
    let (verdict, why): (String, String?) =
      switch outcome {
      case .judged(let verification):
        (verification.verdict.words, VerificationReport.problems(of: verification).first)
      case .unreadable(let failure): ("UNREADABLE", failure.what)
      }
    let column = verdict + String(repeating: " ", count: max(1, 20 - verdict.count))
    return printable(column + path + (why.map { ": \($0)" } ?? ""))
  }

  private static func collect(
    _ folder: String, _ found: inout [String], _ others: inout Int, depth: Int
  ) throws {
    for name in try listFiles(folder) {
      let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      let kind = try facts(ofFile: path).kind
      if kind == .directory, depth < maximumDepth {
        try collect(path, &found, &others, depth: depth + 1)
      } else if kind == .regular, endings.contains(where: { name.lowercased().hasSuffix($0) }) {
        found.append(path)
      } else {
        others += 1
      }
    }
  }

  /// EN 319 162-1, clauses 4.3.3.1 and 4.4.3.1; `.zip` may be anything.
  private static let endings = [".asice", ".sce", ".asics", ".scs"]
  /// Deeper is a mistake, or a loop of mounts.
  private static let maximumDepth = 64
  /// A bundle takes one processor; more threads than that only fight for the disk.
  private static let maximumWidth = 16
  /// Enough that no thread waits long for the slowest file of a batch.
  private static let filesPerThread = 32
}

/// The counts of a folder.
private struct Tally {
  private var verdicts: [Verdict: Int] = [:]
  private var unreadable = 0

  mutating func add(_ outcome: FolderVerification.Outcome) {
    switch outcome {
    case .judged(let verification): verdicts[verification.verdict, default: 0] += 1
    case .unreadable: unreadable += 1
    }
  }

  private func count(_ verdict: Verdict) -> Int { verdicts[verdict] ?? 0 }
  private var files: Int { verdicts.values.reduce(unreadable, +) }

  var status: ExitStatus {
    if count(.notVerified) > 0 { return .notVerified }
    if unreadable > 0 { return .failed }
    return count(.cannotBeDecided) > 0 ? .cannotBeDecided : .done
  }

  func words(_ passedOver: Int) -> String {
    let counts = [Verdict.verified, .verifiedRedacted, .notVerified, .cannotBeDecided]
      .map { "\(count($0)) \($0.words)" }
    return
      "\(counted(files, "bundle")): \(counts.joined(separator: "; ")); \(unreadable) unreadable"
      + (passedOver > 0 ? ". \(counted(passedOver, "other file")) not looked at" : "")
  }

  func json(_ passedOver: Int) -> String {
    var counts: [String: JSON] = [
      "files": .integer(Int64(files)), "unreadable": .integer(Int64(unreadable)),
      "passedOver": .integer(Int64(passedOver)),
    ]
    for verdict in [Verdict.verified, .verifiedRedacted, .notVerified, .cannotBeDecided] {
      counts[verdict.rawValue] = .integer(Int64(count(verdict)))
    }
    return String(decoding: JSON.object(["summary": .object(counts)]).canonicalBytes, as: UTF8.self)
  }
}
