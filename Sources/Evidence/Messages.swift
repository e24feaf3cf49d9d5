import ASiC
import CAdES
import CanonicalJSON
import Glibc
public import Redaction

/// A sentence for a person, without a full stop, for what the parts of a bundle throw.
public func describe(_ error: any Error) -> String {
  switch error {
  case let error as EvidenceError: describe(error)
  case let error as ContainerError: describe(error)
  case let error as RedactionError: describe(error)
  case let error as ManifestError: describe(error)
  case let error as CAdESError: "signature or certificate: \(error)"
  case let error as PolicyError: "the policy can't be read: \(error)"
  case FindError.patternFailed(let rule):
    "the pattern of rule \(rule) takes too long on this content, so nothing can be said to be found"
  case FindError.noCasePseudonyms(let rule):
    "rule \(rule) wants labels for a whole case, and the bundle's terms name none"
  case let error as ScratchError: String(cString: strerror(error.errno))
  default: "\(error)"
  }
}

private func describe(_ error: EvidenceError) -> String {
  switch error {
  case .noItems: "there is nothing to seal: no file was found"
  case .tooManyItems(let limit): "more than \(limit) files; seal them in several bundles"
  case .duplicateName(let name): "two files would become one item, \(safePath(forName: name))"
  case .unsafeName(let name): "\(safePath(forName: name)) can't be the name of an item"
  case .noOriginal(let name):
    "\(safePath(forName: name)) was made from a file that isn't among those to be sealed"
  case .changedWhileRead(let name):
    "\(safePath(forName: name)) changed while it was being read, so nothing was sealed"
  case .changedSinceChecked(let item): "\(item) isn't what it was when the bundle was checked"
  case .notABundle: "the container holds no seal.txt: it isn't an evidence bundle"
  case .missing(let path): "\(path) is missing"
  case .itemCount(let seal, let view):
    "the seal speaks of \(seal) items, the view of \(view), and 1 to \(maximumItems) can be"
  case .malformed(let path): "\(path) isn't well-formed"
  case .badTerms(let key): "the handling terms are not ours: \(key)"
  case .closed: "the sealer or an earlier redactor closed this bundle to further redaction"
  case .notPermitted(let node): "the handling terms don't let \(node) redact this bundle"
  case .locked(let item): "the handling terms lock what would be cut in item \(item)"
  case .boundRelease:
    "this copy was redacted for another release, which its last record names; redact the fuller "
      + "bundle for this one"
  case .nothingToCut: "the policy found nothing to withhold in this bundle"
  case .notComplete(let file):
    "\(file) is below level B-LT: complete it first (`rogatory extend --to B-LT`)"
  case .tooManyArchives(let limit):
    "the bundle has \(limit) archive time-stamps, which is the limit"
  case .tooManySteps(let limit): "the bundle was redacted \(limit) times, which is the limit"
  case .notVerified: "the bundle isn't verified"
  }
}

/// A sentence for a person, without a full stop, on what a survey found wrong with an item's content;
/// nil where nothing is.
public func describe(_ survey: Survey) -> String? {
  guard let fault = survey.fault else { return nil }
  let what =
    switch fault {
    case .notUTF8(let offset): "isn't UTF-8 (byte \(offset))"
    case .unclosedQuote: "ends inside quotes"
    case .notJSON(let offset): "isn't well-formed JSON (byte \(offset))"
    }
  guard let wanted = survey.fellBackFrom else {
    return "\(what); it is cut into JSON tokens all the same, but a pointer may not find all of it"
  }
  return "\(what), so it is cut into \(parts(survey.cutting)) instead of \(parts(wanted))"
}

private func parts(_ cutting: Cutting) -> String {
  switch cutting {
  case .text: "words"
  case .csv, .semicolons, .tabs: "cells"
  case .json: "JSON tokens"
  case .grid(let byteCount): "blocks of \(byteCount) bytes"
  case .tiles: "tiles"
  }
}
