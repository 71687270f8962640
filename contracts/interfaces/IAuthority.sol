// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who may sign what
/// @notice Holders and their keys, agencies and their ocid stems, offices, and the signed acts that change them.
/// Views are total: whatever they are asked, they answer and never revert.
interface IAuthority {
    /// @notice One signature, checked against the key, the holder and the office.
    /// @param digest the EIP-712 digest that was signed
    /// @param holder the holder who claims to have signed
    /// @param role the capacity claimed (see docs/reference/formats.md section 2)
    /// @param agency the agency (or, for suppliers, the entity) that the act concerns
    /// @param post the post that the office must have (officers), zero otherwise
    /// @param up levels from `agency` to the ancestor at which the office is held; above 0 the office must cover a subtree
    /// @param coverA if not zero, the office's agency must also be `coverA` or `coverB`, or (for an office that covers a
    ///        subtree) an ancestor of one of them; used for treasurers, who must cover the contract's agency or its payer
    /// @return code 1 accepted, else a Code
    /// @return officeLeaf the leaf of the act that granted the office
    /// @return custody of the key that signed
    function authorize(
        bytes32 digest,
        bytes32 holder,
        uint256 role,
        bytes32 agency,
        bytes32 post,
        uint256 up,
        bytes32 coverA,
        bytes32 coverB,
        bytes32 r,
        bytes32 s,
        uint256 v
    ) external view returns (uint256 code, bytes32 officeLeaf, uint256 custody);

    /// @notice A key of the holder signed `digest`, whatever his offices (used by cancels).
    function isHolder(bytes32 digest, bytes32 holder, bytes32 r, bytes32 s, uint256 v)
        external
        view
        returns (uint256 code, uint256 custody);

    /// @notice 1 if `stem` (keccak256 of its text) is a native stem of `agency`; else Code.UnknownStem or Code.StemOfAnother.
    function checkStem(bytes32 stem, bytes32 agency) external view returns (uint256 code);

    /// @notice True if `id` is a registered supplier entity (or group).
    function isEntity(bytes32 id) external view returns (bool);
}
