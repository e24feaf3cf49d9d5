/// The sentences of a report that are no member of a family (`check.`, `sub.`, `code.`, `draft.` and
/// the like, whose keys come from elsewhere). Each is a key of every language's table.
package enum Phrase: String, CaseIterable, Sendable {
  case title, contents, coverLimits, expected, rowsOmitted, badRowsOmitted, appendix,
    appendixMeaning, notTold
  case nothing, sealerAlone, none, yes, no, andMore, notReadable, byteCount, fromTo, number, name
  case size, result, state, file, item, items, when, by, use, point1, point2, point3, point4
  case point5, point6, point7, point8, point9, point10, point11, point12, point13, point14
  case point15, point16, point17, point18, point19, fileName, fileSize, fileDigest, caseReference
  case exhibits, seeItems, exhibit, examiner, examinerNotNamed, examinedAt, askedTime, program
  case programDigest, profile, profileGeneric, profileEU, profileUS, profileUK, meaningVerified
  case meaningRedacted, meaningNoSeal, meaningNotVerified, meaningUndecided, checks, check, found
  case checkCounts, checksCaption, whatIsWrong, noSeal, noSealShort, bundleID, sealedBy, sealedAt
  case byOwnClock, sealRoot, sealDigest, termsDigest, viewID, carrier, carrierOther, carrierSealer
  case manifestsCaption, noManifests, canonicalForm, noItems, itemCountsShort, itemCounts
  case itemsCaption, digests, itemPassed, itemFailed, itemWithoutName, digestAlike, digestSealed
  case digestComputed, digestOfCopy, itemsMeaning, noSignatures, signersMeaning, signature, covers
  case authority, certificate, noCertificate, issuer, serial, validity, certificateDigest, status
  case statusGood, statusSource, statusRevoked, statusOpen, statusNotProven, anchor, noAnchor
  case commitment, anchors, fingerprint, origin, speaksFor, fromHome, anyNode, noAnchorsGiven
  case anchorsMeaning, timesCaption, claimedTime, provenTime, provenBy, difference, seconds
  case notProven, timesMeaning, noCustody, custodyCaption, event, knownFrom, eventAcquired
  case eventSealed, eventRedacted, eventReleased, eventStamped, fromSeal, fromRecord, fromItems
  case gapsTitle, noGaps, gap, gapToCheck, duration, acquiredAfterSeal, stepBeforeLast
  case stampAfterCheck, receiptsAbsent, receiptsUnjudged, acquisitionMeaning, noAcquisition
  case untoldAcquisition, moreActs, acquisitionOf, acquiredAt, acquiredBy, source, method, tool
  case place, noSealNoRedaction, nothingWithheld, redactedCopy, restIntact, restOpen, overRemoval
  case stepsCaption, step, proposedBy, approvedBy, nobodyElse, signedBy, furtherSteps, letsRedact
  case codesCaption, code, meaning, places, withheldCaption, extent, codes, wholeItem, placeCount
  case redactionLogHint, codeUnknown, noTerms, purpose, necessity, tlp, handlingCode, conditions
  case onward, retention, region, userNotice, redactors, locked, relations, sourceEvaluation
  case informationEvaluation, languages, onePerson, twoPersons, releaseMeaning, termsMeaning
  case noBasis, instrument, article, authorisation, issuingAuthority, validatingAuthority
  case validUntil, basisExpired, basisMeaning, logAbsent, logHow, clockOfCheck, clockKept
  case clockNotKept, clockUnknown, clockOfSigner, clocksMeaning, kind, kindEU, levels, kindPerson
  case algorithmsCaption, algorithm, strength, useDigests, useSignatures, useStamps, strong
  case until2030, weak, strengthUnknown, algorithmsMeaning, quantum, limitTruth, limitAnchors
  case limitPerson, limitCollection, limitForeign, limitFullerCopy, limitShown, limitWithheld
  case limitDerived, limitRevocation, limitLog, limitTerms, limitReport, repeatMeaning
  case repeatAnchors, repeatAnchorFile, repeatCopy, repeatFile, repeatSignatures, repeatStamps,
    repeatItems
  case repeatItemsOmitted, repeatTree, repeatOutcome, draftMeaning, reportDigest
  case reportDigestMeaning, reportSigned, reportUnsigned
  case logMeaning, logCaption, logProof, logHolds, logFails, logRow, logOrigin, logSize
  case logRoot, logEvent, logTime, logSubject, logSameSeal, logSameRecord
  case logSameBundle, logOtherBundle, logNoBundle, logBroken, eventLogged, fromLog, limitLogProof
}
