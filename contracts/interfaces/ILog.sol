// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The part of the Ledger that Authority, Policy and Waves use
interface ILog {
    /// @notice Appends the leaf of an act; callable only by the register's own immutable addresses.
    /// @param leafType 2 authority, 3 policy, 4 wave, 6 anchor
    /// @param words its 14 words, a type hash first
    /// @param signers the chained word of its signers
    function append(uint256 leafType, bytes32[14] calldata words, bytes32 signers)
        external
        returns (bytes32 leaf, uint256 registerSequence, uint256 timeMs);

    /// @notice EIP-712 domain separator of the whole register.
    function domainSeparator() external view returns (bytes32);

    /// @notice The newest stored checkpoint root, zero before the first, and when it was stored.
    function newestSeen() external view returns (bytes32 root, uint64 storedAt);

    /// @notice The leaf by which a holder took back his signature of what has this hash, zero if he did not.
    function cancelled(bytes32 target, bytes32 holder) external view returns (bytes32 leaf);

    /// @notice When a checkpoint root was stored, 0 if it never was.
    function seenAt(bytes32 root) external view returns (uint64 storedAt);
}
