// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Result codes of an item; the values a and b that travel with a refusal are named beside each.
/// Generated into TypeScript; `server/domain/problems.ts` explains each in two languages.
library Code {
    uint256 internal constant Accepted = 1;

    // the item itself
    uint256 internal constant Malformed = 10; // position
    uint256 internal constant TextTooLong = 11; // length, limit
    uint256 internal constant TermsMissing = 12; // missing bits, kind
    uint256 internal constant TermsUnused = 13; // surplus bits, kind
    uint256 internal constant UnknownKind = 14; // kind
    uint256 internal constant UnknownCode = 15; // code, kind
    uint256 internal constant Expired = 16; // expires, now
    uint256 internal constant ExpiresTooFar = 17; // expires, latest
    uint256 internal constant DuplicateCommand = 18; // leaf that the command already has
    uint256 internal constant StaleBasis = 19; // present basis, signed basis
    uint256 internal constant UnknownSeen = 20; // seen
    uint256 internal constant SeenTooOld = 21; // stored at, now
    uint256 internal constant SecondFull = 22; // second
    uint256 internal constant BodyTooLarge = 23; // length, limit

    // the process and its agency
    uint256 internal constant UnknownStem = 30; // stem
    uint256 internal constant StemOfAnother = 31; // stem, its agency
    uint256 internal constant UnknownProcess = 32; // process
    uint256 internal constant WrongAgency = 33; // agency of the process, signed agency
    uint256 internal constant UnknownAgency = 34; // agency

    // signatures and offices
    uint256 internal constant BadSignature = 40; // recovered address or 0, holder
    uint256 internal constant UnknownHolder = 41; // holder
    uint256 internal constant NoOffice = 42; // holder, agency
    uint256 internal constant OfficeNotYet = 43; // from, now
    uint256 internal constant OfficeEnded = 44; // until, now
    uint256 internal constant WrongCapacity = 45; // capacity, kind
    uint256 internal constant SamePerson = 46; // holder
    uint256 internal constant SecondNeeded = 47; // role needed, threshold
    uint256 internal constant CancelledBefore = 48; // hash
    uint256 internal constant OnlyGatewayKeys = 49; // number of signatures
    uint256 internal constant SignatureType = 50; // type
    uint256 internal constant TooManyApprovals = 51; // count, limit
    uint256 internal constant NotCovering = 52; // agency of the office
    uint256 internal constant KeyRevoked = 53; // key
    uint256 internal constant OfficeSuspended = 54; // holder, agency
    uint256 internal constant DelegationEnded = 55; // holder, agency

    // a contract's life
    uint256 internal constant InvalidTransition = 60; // present status, code
    uint256 internal constant IdInUse = 61; // status
    uint256 internal constant UnknownContract = 62; // contract
    uint256 internal constant UnknownAward = 63; // award
    uint256 internal constant AwardNeeded = 64; // form
    uint256 internal constant AwardExceeded = 65; // sum of contracts, award value
    uint256 internal constant CurrencyDiffers = 66; // present, signed
    uint256 internal constant DateInFuture = 67; // on, now
    uint256 internal constant ScopeAboveCap = 68; // scope value, highest allowed
    uint256 internal constant ValueBelowCertified = 69; // value, certified
    uint256 internal constant AcceptedAboveValue = 70; // accepted, value
    uint256 internal constant CertifiedAboveValue = 71; // certified after, value
    uint256 internal constant CertifiedAboveAccepted = 72; // certified after, accepted
    uint256 internal constant NumberUsed = 73; // document key
    uint256 internal constant DocumentExceeded = 74; // shares after, document total
    uint256 internal constant DocumentTotalDiffers = 75; // total first seen, signed
    uint256 internal constant PriceChangeUnmarked = 76; // value - scope value before, after
    uint256 internal constant ScopeChangeUnmarked = 77; // scope value before, after
    uint256 internal constant UnknownReference = 78; // refersTo
    uint256 internal constant WrongPreimage = 79; // refersTo or document key, hash of the preimage
    uint256 internal constant WrongReference = 80; // kind referred to, contract
    uint256 internal constant PartyNeeded = 81; // form
    uint256 internal constant PartyDiffers = 82; // award's supplier, signed
    uint256 internal constant OnHold = 83; // hold until
    uint256 internal constant AcceptedFalls = 84; // present, signed
    uint256 internal constant RecoveredAboveAdvance = 85; // recovered after, advance
    uint256 internal constant AmountTooLarge = 86; // amount
    uint256 internal constant AlreadyCorrected = 87; // leaf of the last correction
    uint256 internal constant BeforeAward = 88; // award status
    uint256 internal constant ReleasedAboveWithheld = 89; // released after, withheld
    uint256 internal constant DateTooEarly = 90; // until, on
    uint256 internal constant UnknownParty = 91; // party
    uint256 internal constant RuleFault = 92; // Rules did not answer
    uint256 internal constant DateTooLate = 94; // until, last second with a date
    uint256 internal constant GuaranteeDiffers = 95; // amount or until present, signed
    uint256 internal constant BelowReturned = 96; // returned, amount
    uint256 internal constant RemainderExceeded = 97; // returned after, payment amount
    uint256 internal constant NothingToSign = 98; // status
    uint256 internal constant NotWithdrawable = 99; // kind, code
    uint256 internal constant HasDependants = 100; // number, kind
    uint256 internal constant NotHeld = 101; // capacity

    // passkeys and bundles
    uint256 internal constant SignatureMalformed = 110; // length, nearest length that could be
    uint256 internal constant PasskeyUser = 111; // flags of the authenticator, flags needed
    uint256 internal constant PasskeyClientData = 112; // position of what is not as a browser writes it, length
    uint256 internal constant PasskeyChallenge = 113; // digest that should have been signed, length
    uint256 internal constant PasskeyOrigin = 114; // keccak256 of the origin, rpIdHash
    uint256 internal constant BundleSize = 115; // count, limit
    uint256 internal constant BundleExpired = 116; // expires, now
    uint256 internal constant BundleCapacity = 117; // signed capacity, capacity of the signature
    uint256 internal constant BundleProof = 118; // index, count

    // waves
    uint256 internal constant UnknownWave = 120; // wave
    uint256 internal constant WaveNotInForce = 121; // wave, its state or standing
    uint256 internal constant WaveNotOpen = 122; // wave, its state
    uint256 internal constant UnknownLot = 123; // lot key, wave
    uint256 internal constant RowProof = 124; // hash of the row, root of the lot
    uint256 internal constant RowDiffers = 125; // maker of the row, its capacity
    uint256 internal constant WaveOverlap = 126; // wave of the process, wave of the row
    uint256 internal constant LotSums = 127; // what the lot has left, amount
}
