// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ActData, ActSignature, Proven} from "./IAuthority.sol";

/// @notice One idempotent load unit of a wave (EIP-712 type Lot). `root` is the tree over its rows: OpenZeppelin's, each
/// leaf the row's hash hashed twice. Amounts in minor units of `currency` ("" where no row has money): what its contracts
/// are worth, and what was paid of them before `cutOver`.
struct Lot {
    bytes32 wave;
    uint64 epoch;
    bytes32 agency;
    bytes32 lotKey;
    uint8 tier;
    bytes32 root;
    uint32 rows;
    string currency;
    uint128 value;
    uint128 paid;
    uint64 cutOver;
    bytes32 seen;
    uint64 expires;
}

/// @notice A wave as it stands. `rows` are those of all its lots, `expected` those that must be on the ledger before it
/// closes (tiers A and B), `loaded` those that are; `natives` counts entries that people signed on its processes,
/// `touched` how many processes those stand on, `payments` how many of them are payments.
struct Wave {
    bytes32 id;
    bytes32 plan;
    bytes32 agency;
    uint8 state;
    bool detaches;
    uint64 epoch;
    uint64 grace;
    uint64 activatedAt;
    uint32 lots;
    uint32 dependants;
    uint64 rows;
    uint64 expected;
    uint64 loaded;
    uint64 promoted;
    uint64 natives;
    uint64 touched;
    uint64 payments;
    bytes32 lotsHash;
}

/// @notice What the ledger asks of a row: its lot, what the lot must have said of it, and the money that the lot's sums
/// count. `away`: its body is kept off the chain.
struct Row {
    uint256 wave;
    bytes32 lotKey;
    bytes32 hash;
    bytes32 agency;
    bytes32 maker;
    uint256 currency;
    uint256 value;
    uint256 paid;
    bool away;
}

/// @title Waves: legacy records, taken over in planned groups that can be taken back
/// @notice A wave is Open, Closed, Active, Final, or RolledBack. What it brings counts while it is Active or Final; one
/// transaction takes it back, and nothing of it is erased.
interface IWaves {
    /// @notice Records an act on a wave (EIP-712 type Act, codes 30 to 36; docs/reference/formats.md section 12).
    /// @param signatures the maker's first: a head; then an overseer's where the act needs two people
    /// @param body what the act's digest is the SHA-256 of
    function act(ActData calldata data, ActSignature[] calldata signatures, bytes calldata body) external;

    /// @notice Accepts a lot once: the same again changes nothing, another content under its key is refused.
    /// @param signature a head's of the lot's agency, or of one above it that covers it
    function accept(Lot calldata lot, ActSignature calldata signature) external;

    /// @notice 1 in force; 2 rolled back, but processes with native entries stay; 3 rolled back; 0 neither yet
    function standing(uint256 wave) external view returns (uint256);

    /// @notice Counts a row that the ledger is about to record and answers by whom its lot was signed; or says why it may
    /// not be recorded. Never reverts for the ledger.
    function admit(Row calldata row, bytes32[] calldata proof) external returns (Proven memory);

    /// @notice The ledger has recorded a native entry on a process that a wave brought.
    /// @param first it is the first of that process
    function touch(uint256 wave, bool first, bool payment) external;

    /// @notice The number of a wave by its id, 0 if there is none; numbers begin at 1.
    function numberOf(bytes32 id) external view returns (uint256);
    function waveOf(uint256 wave) external view returns (Wave memory);
    /// @notice Leaf of an accepted lot, zero if there is none; how many of its rows are not loaded yet.
    function lotOf(uint256 wave, bytes32 lotKey) external view returns (bytes32 leaf, uint256 rowsLeft);
    /// @notice The leaf that the next act names as `previous`: of a wave, or (for a consent) of an agency in it.
    function lastAct(bytes32 subject) external view returns (bytes32);

    /// @param wave its number
    event WaveActed(
        bytes32 indexed leaf,
        uint256 indexed wave,
        bytes32[14] words,
        uint256 registerSequence,
        uint256 timeMs,
        bytes32 signers,
        bytes body,
        bytes signatures
    );
    /// @param words type hash and the fields of Lot, the currency hashed
    event LotAccepted(
        bytes32 indexed leaf,
        uint256 indexed wave,
        bytes32[14] words,
        uint256 registerSequence,
        uint256 timeMs,
        bytes32 signers,
        string currency,
        bytes signatures
    );

    error WavesExpired(uint256 expires, uint256 time);
    error WavesExpiresTooFar(uint256 expires, uint256 latest);
    error WavesWrongBody(bytes32 signed, bytes32 given);
    error WavesStaleAct(bytes32 last, bytes32 previous);
    error WavesUnknownAct(uint256 code);
    error WavesKnown(bytes32 id);
    error WavesUnknown(bytes32 id);
    error WavesState(uint256 wave, uint256 state);
    error WavesPlanDiffers(bytes32 opened, bytes32 signed);
    error WavesAgencyDiffers(bytes32 lead, bytes32 signed);
    error WavesNoConsent(uint256 wave, bytes32 agency);
    error WavesStaleEpoch(uint256 present, uint256 signed);
    error WavesLotDiffers(bytes32 lotKey, bytes32 leaf);
    error WavesLotEmpty(bytes32 lotKey);
    error WavesTier(uint256 tier);
    error WavesCurrency(string currency);
    error WavesCutOverInFuture(uint256 cutOver, uint256 time);
    error WavesUnknownSeen(bytes32 seen);
    error WavesSeenTooOld(uint256 storedAt, uint256 time);
    error WavesRowsMissing(uint256 expected, uint256 loaded);
    error WavesRowsDiffer(uint256 rows, uint256 signed);
    error WavesLotsDiffer(bytes32 lots, bytes32 signed);
    error WavesNotConserved(uint256 read, uint256 accountedFor);
    error WavesPrerequisite(bytes32 id, uint256 state);
    error WavesDependants(uint256 wave, uint256 dependants);
    error WavesNativeEntries(uint256 wave, uint256 entries, uint256 payments);
    error WavesGraceRuns(uint256 until, uint256 time);
    error WavesSignatures(uint256 given, uint256 needed);
    error WavesBadSignature(bytes32 holder, uint256 code);
    error WavesWrongCapacity(bytes32 holder, uint256 role);
    error WavesCancelled(bytes32 target, bytes32 leaf);
    error WavesSamePerson(bytes32 holder);
    error WavesOnlyGatewayKeys(bytes32 holder);
    error WavesNotLedger(address sender);
}
