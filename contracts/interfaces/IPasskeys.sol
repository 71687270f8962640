// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a passkey or a bundle proves
/// @notice No storage. Functions are total: whatever bytes they get, they answer with a Code and never revert.
interface IPasskeys {
    /// @notice The passkey that signed `digest` as WebAuthn does, with the user present and verified.
    /// @param signature x 32, y 32, r 32, s 32, length of authenticatorData u16, authenticatorData, clientDataJSON
    /// @return code 1 accepted (the origin is the caller's to judge), else a Code
    /// @return a first value of the code; where accepted keccak256 of the origin
    /// @return b second value of the code; where accepted rpIdHash
    /// @return key last 20 bytes of keccak256("prasasti passkey v1", rpIdHash, x, y)
    function passkeyOf(bytes32 digest, bytes calldata signature)
        external
        view
        returns (uint256 code, uint256 a, uint256 b, address key);

    /// @notice The bundle that `hash` belongs to.
    /// @param hash struct hash of an entry or approval
    /// @param capacity in which it is signed
    /// @param signature root 32, count u16, capacity u8, expires u64, index u16, siblings u8, siblings 32 each (the
    ///        leaf's own first), then the signature of the bundle itself
    /// @return code 1 accepted, else a Code
    /// @return a first value of the code
    /// @return b second value of the code
    /// @return bundle struct hash of the Bundle
    /// @return offset where the signature of the bundle begins
    function bundleOf(bytes32 hash, uint256 capacity, bytes calldata signature)
        external
        view
        returns (uint256 code, uint256 a, uint256 b, bytes32 bundle, uint256 offset);
}
