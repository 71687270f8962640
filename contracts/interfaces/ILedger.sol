// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILog} from "./ILog.sol";

/// @notice One contract inside a process, as the ledger keeps it. Amounts in minor units, times in seconds.
/// `previous` is the status before closing; `terms` and `execution` are the two optimistic locks (DESIGN 5.3).
struct Agreement {
    bytes32 terms;
    bytes32 execution;
    bytes32 post;
    bytes32 party;
    bytes32 payer;
    bytes32 awardKey;
    uint8 status;
    uint8 previous;
    uint8 form;
    uint8 scopeReduced;
    uint8 supplierSigned;
    uint24 currency;
    uint64 on;
    uint64 balanceOn;
    uint64 heldUntil;
    uint128 firstValue;
    uint128 value;
    uint128 scopeValue;
    uint128 accepted;
    uint128 certified;
    uint128 paid;
    uint128 advance;
    uint128 recovered;
    uint128 withheld;
    uint128 released;
}

/// @notice An award, the sum of the contracts that were agreed on it, and how many they are.
struct Award {
    bytes32 head;
    bytes32 party;
    uint8 status;
    uint24 currency;
    uint128 value;
    uint128 agreed;
    uint32 contracts;
}

/// @notice A contracting process. `head` is the leaf of its newest entry, `count` its process sequence, `agreements` how
/// many awards and contracts stand in it. Of one that a wave brought, what follows `wave` is kept under
/// keccak256(process ‖ wave): what another wave brought before stays as it was. `touched`: it has native entries.
/// `opened`: by an opening of the process alone.
struct Process {
    bytes32 head;
    bytes32 agency;
    uint64 count;
    uint64 second;
    uint16 inSecond;
    uint32 wave;
    uint8 planning;
    uint8 tender;
    bool touched;
    bool opened;
    uint32 agreements;
    bytes32 planningHead;
    bytes32 tenderHead;
}

/// @notice What the ledger says of an entry; `timeMs` grows within a process, `signers` is the chained hash of its signers.
struct Assigned {
    uint256 registerSequence;
    uint256 processSequence;
    uint256 agencySequence;
    uint256 timeMs;
    bytes32 previousProcess;
    bytes32 previousAgency;
    uint256 wave;
    bytes32 signers;
    uint256 exceptions;
}

/// @title The ledger: entries of government contracts, chained and logged
/// @notice Anyone may send a batch: an entry counts for the signatures in it, not for its sender.
interface ILedger is ILog {
    /// @notice An entry was accepted.
    /// @param leaf its leaf in the register's log
    /// @param process keccak256 of the ocid
    /// @param assigned register, process and agency sequence, timeMs, previous process and agency heads, wave, signers, exceptions
    /// @param excess how far what was paid stands above the contract's value, after this entry
    /// @param signers custody (1 byte) and office leaf (32 bytes) of each signer, maker first
    /// @param item the packed item, body included: with the rest, all that is needed to recompute the leaf
    event EntryRecorded(
        bytes32 indexed leaf,
        bytes32 indexed process,
        bytes32 indexed agency,
        Assigned assigned,
        uint256 excess,
        bytes signers,
        bytes item
    );
    /// @notice An item was refused; nothing of it was written. `a` and `b` are named in Codes.sol.
    event Refused(bytes32 indexed entryHash, uint16 code, uint256 a, uint256 b);
    /// @notice A holder took back a signature before it counted.
    event Cancelled(
        bytes32 indexed leaf,
        bytes32 indexed target,
        bytes32 holder,
        uint256 registerSequence,
        uint256 timeMs,
        uint256 expires,
        uint256 custody
    );
    /// @notice The register's log at this moment (RFC 6962 root over `size` leaves).
    event Checkpoint(uint64 size, bytes32 root);
    /// @notice An agency's entries at this moment: how many, and the newest.
    event AgencyCheckpoint(bytes32 indexed agency, uint64 count, bytes32 head, uint64 size);

    /// @notice The batch's version or lengths are wrong, so its items cannot be told apart.
    error LedgerBatchMalformed(uint256 position);
    /// @notice Only Authority, Policy and Waves append acts.
    error LedgerNotRegister(address sender);

    /// @notice Takes a packed batch (docs/reference/formats.md section 5), item by item; one bad item is refused alone.
    function submit(bytes calldata batch) external;
    /// @notice Emits the log's size and root; the first of each UTC day is stored and may be signed as `seen`.
    function checkpoint() external;
    /// @notice Emits how many entries an agency has, and the newest.
    function checkpointAgency(bytes32 agency) external;

    /// @notice Size and root of the log now.
    function log() external view returns (uint64 size, bytes32 root);
    /// @notice The leaf that a maker's command has, or zero.
    function leafOf(bytes32 maker, bytes32 commandId) external view returns (bytes32 leaf);
    function processOf(bytes32 process) external view returns (Process memory);
    function awardOf(bytes32 process, bytes32 awardId) external view returns (Award memory);
    function contractOf(bytes32 process, bytes32 contractId) external view returns (Agreement memory);
    /// @notice What is left of a guarantee, by the leaf of its posting, and until when.
    function guaranteeOf(bytes32 posting) external view returns (uint256 guaranteeType, uint128 amount, uint64 until);
    /// @notice Shares in force of one payment document, and its total as first seen.
    function documentOf(bytes32 issuer, bytes32 documentKey) external view returns (uint128 total, uint128 used);
}
