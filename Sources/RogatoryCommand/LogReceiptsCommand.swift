import ArgumentParser
import CanonicalJSON
import DurableFiles
import Evidence
import Exchange
import RogatoryNode

struct LogReceipts: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "receipts",
    abstract: "Write the receipts of a transfer with entries and proofs, to be checked offline.",
    discussion: """
      For each: KIND.json (what was signed), KIND.p7s (its CAdES signature), KIND.entry.json and \
      KIND.proof (C2SP tlog-proof), and vkey-NODE, the key of the log that the proof is in. \
      `log check KIND.proof KIND.entry.json --receipt KIND.json --key VKEY` checks them together.
      """)
  @Argument(help: "The transfer's id.") var transfer: String
  @Option(name: .shortAndLong, help: "A new folder.", transform: outputPath) var output: String
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    var receipts: [ProvenReceipt] = []
    try await withExchange(global) { receipts = try $0.provenReceipts(of: transfer) }
    guard !receipts.isEmpty else {
      throw Failure(.failed, "there are no receipts of that transfer yet")
    }
    try createDirectory(output, mode: 0o755)
    var files: [String] = []
    func write(_ name: String, _ bytes: [UInt8]) throws {
      try AtomicFile.write(bytes, to: "\(output)/\(name)", mode: 0o644, replacing: false)
      files.append(name)
    }
    for receipt in receipts {
      try write("\(receipt.kind).json", receipt.receipt)
      try write("\(receipt.kind).p7s", receipt.signature)
      try write("\(receipt.kind).entry.json", receipt.entry)
      try write("\(receipt.kind).proof", receipt.proof)
      let name = "vkey-\(receipt.node)"
      if let key = receipt.logKey, !files.contains(name) {
        try write(name, Array((key + "\n").utf8))
      }
    }
    global.print(
      .object([
        "folder": .string(output), "files": .array(files.map { .string($0) }),
        "receipts": .array(
          receipts.map { ["kind": .string($0.kind), "node": .string($0.node)] }),
      ]), text: "Wrote \(counted(receipts.count, "receipt")) to \(output)")
  }
}
