import CAdES
import DurableFiles
import Evidence
import Report
import RogatoryNode

/// The trust anchors of a call, parsed once, and where each came from.
struct GivenTrust {
  let anchors: TrustAnchors
  let sources: [AnchorSource]

  /// The anchors that `--trust` names, else those of the home and its peers, else none.
  ///
  /// - Parameter paths: PEM files, or folders of them. A file of a folder that is named
  ///   `<node id>.pem` ties its anchors to that node.
  init(_ paths: [String], or global: GlobalOptions) throws {
    if paths.isEmpty {
      try self.init(ofHome: global)
    } else {
      try self.init(paths)
    }
  }

  private init(ofHome global: GlobalOptions) throws {
    do {
      anchors = try global.openHome().trust()
    } catch NodeError.noHome {
      anchors = TrustAnchors([])
    }
    sources = anchors.certificates.map { [nodes = anchors.nodes] in
      AnchorSource($0, path: nil, isFirst: false, node: nodes[$0.sha256])
    }
  }

  private init(_ paths: [String]) throws {
    var sources: [AnchorSource] = []
    for path in paths {
      let kind = try facts(ofFile: path, followingLinks: true).kind
      guard kind == .directory else {
        sources += try Self.read(path, node: nil)
        continue
      }
      for name in try NodeHome.pemFiles(in: path) {
        sources += try Self.read(path + "/" + name, node: String(name.dropLast(".pem".count)))
      }
    }
    self.sources = sources
    let nodes = sources.compactMap { source in
      source.node.map { (source.certificate.sha256, $0) }
    }
    anchors = TrustAnchors(
      sources.map(\.certificate), nodes: Dictionary(nodes, uniquingKeysWith: { $1 }))
  }

  private static func read(_ path: String, node: String?) throws -> [AnchorSource] {
    let bytes = try readSmallFile(path, limit: 4 << 20, followingLinks: true)
    do {
      let found = try Certificate.parsePEM(String(decoding: bytes, as: UTF8.self))
      guard !found.isEmpty else { throw CAdESError.unsupportedKey }
      return found.enumerated().map { index, certificate in
        AnchorSource(certificate, path: path, isFirst: index == 0, node: node)
      }
    } catch {
      throw Failure(
        .failed, "\(path) holds no certificate that can be read",
        hint: "trust anchors are PEM files: -----BEGIN CERTIFICATE-----")
    }
  }
}

/// The anchors that `--trust` names, else those of the home and its peers, else none.
func readTrust(_ paths: [String], or global: GlobalOptions) throws -> TrustAnchors {
  try GivenTrust(paths, or: global).anchors
}
