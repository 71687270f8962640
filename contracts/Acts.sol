// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ActData, ActSignature} from "./interfaces/IAuthority.sol";

/// @title What Authority and Waves have in common: a signed act, its leaf's words, and who signed it
library Acts {
    bytes32 internal constant TYPE = keccak256(
        "Act(uint16 code,bytes32 maker,bytes32 holder,bytes32 agency,uint8 role,bytes32 post,bytes32 key,uint8 custody,uint64 from,uint64 until,bytes32 digest,bytes32 previous,uint64 expires)"
    );

    function hash(ActData memory data) internal pure returns (bytes32) {
        return keccak256(abi.encode(TYPE, data));
    }

    /// The words of an act's leaf.
    function words(ActData memory data) internal pure returns (bytes32[14] memory) {
        return abi.decode(abi.encode(TYPE, data), (bytes32[14]));
    }

    /// Chains a signer as the leaf of an entry does.
    function chained(bytes32 chain, bytes32 holder, uint256 role, uint256 custody, bytes32 office)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(chain, holder, role, custody, office, uint256(0), bytes32(0)));
    }

    /// One signer more, as the event tells them.
    function packed(
        bytes memory before,
        ActSignature calldata signature,
        uint256 role,
        bytes32 agency,
        uint256 custody,
        bytes32 office
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(
            before,
            signature.holder,
            uint8(role),
            agency,
            uint8(custody),
            office,
            signature.signatureType,
            uint16(signature.signature.length),
            signature.signature
        );
    }
}
