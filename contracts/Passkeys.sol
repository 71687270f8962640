// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {P256} from "@openzeppelin/contracts/utils/cryptography/P256.sol";
import {Code} from "./Codes.sol";
import {Memory} from "./Image.sol";
import {IPasskeys} from "./interfaces/IPasskeys.sol";

/// @title Passkeys and bundles
/// @notice The envelope that WebAuthn puts around a digest, and the tree by which one signature stands for many items.
/// Stricter than the standard: clientDataJSON must be as browsers serialise it (WebAuthn 2, section 5.8.1.1), so that no
/// JSON is parsed here and nothing can stand twice in it.
contract Passkeys is IPasskeys {
    uint256 private constant LONGEST = 2_048;
    /// x, y, r, s and the length of authenticatorData
    uint256 private constant HEADER = 130;
    /// rpIdHash, flags, counter of signatures
    uint256 private constant AUTHENTICATOR_DATA = 37;
    uint256 private constant PRESENT_AND_VERIFIED = 0x05;
    uint256 private constant BACKUP = 0x18;
    /// backed up without being eligible for it
    uint256 private constant BACKUP_INVALID = 0x10;

    bytes32 private constant TYPE = keccak256('{"type":"webauthn.get","challenge":"');
    bytes32 private constant ORIGIN = keccak256('","origin":"');
    bytes32 private constant SAME_ORIGIN = keccak256(',"crossOrigin":false');
    /// where the parts of clientDataJSON begin: the challenge, what follows it, the origin
    uint256 private constant CHALLENGE_AT = 36;
    uint256 private constant AFTER_CHALLENGE = 79;
    uint256 private constant ORIGIN_AT = 91;
    uint256 private constant SAME_ORIGIN_LENGTH = 20;

    bytes32 private constant BUNDLE_TYPE = keccak256("Bundle(bytes32 root,uint16 count,uint8 capacity,uint64 expires)");
    /// root, count, capacity, expires, index, number of siblings
    uint256 private constant BUNDLE_HEADER = 46;
    uint256 private constant MAX_BUNDLE = 256;
    uint256 private constant MONTH = 31 days;

    /// @inheritdoc IPasskeys
    function passkeyOf(bytes32 digest, bytes calldata signature)
        external
        view
        returns (uint256 code, uint256 a, uint256 b, address key)
    {
        uint256 shortest = HEADER + AUTHENTICATOR_DATA + ORIGIN_AT;
        if (signature.length < shortest) return (Code.SignatureMalformed, signature.length, shortest, address(0));
        if (signature.length > LONGEST) return (Code.SignatureMalformed, signature.length, LONGEST, address(0));
        uint256 length = uint16(bytes2(signature[HEADER - 2:HEADER]));
        if (length < AUTHENTICATOR_DATA) return (Code.SignatureMalformed, length, AUTHENTICATOR_DATA, address(0));
        if (HEADER + length + ORIGIN_AT > signature.length) {
            return (Code.SignatureMalformed, length, signature.length - HEADER - ORIGIN_AT, address(0));
        }
        bytes calldata data = signature[HEADER:HEADER + length];
        bytes calldata client = signature[HEADER + length:];
        uint256 flags = uint8(data[32]);
        if (flags & PRESENT_AND_VERIFIED != PRESENT_AND_VERIFIED || flags & BACKUP == BACKUP_INVALID) {
            return (Code.PasskeyUser, flags, PRESENT_AND_VERIFIED, address(0));
        }
        (code, a) = _client(digest, client);
        if (code != Code.Accepted) return (code, a, client.length, address(0));
        bytes32 x = bytes32(signature[:32]);
        bytes32 y = bytes32(signature[32:64]);
        bytes32 signed = sha256(abi.encodePacked(data, sha256(client)));
        // low s is OpenZeppelin's to check, and that x and y are a point
        if (!P256.verify(signed, bytes32(signature[64:96]), bytes32(signature[96:128]), x, y)) {
            return (Code.BadSignature, 0, 0, address(0));
        }
        b = uint256(bytes32(data[:32]));
        key = address(uint160(uint256(keccak256(abi.encodePacked("prasasti passkey v1", b, x, y)))));
    }

    /// The code and, where it is accepted, keccak256 of the origin as it stands there; else the code's value.
    function _client(bytes32 digest, bytes calldata client) private pure returns (uint256 code, uint256 value) {
        if (keccak256(client[:CHALLENGE_AT]) != TYPE) return (Code.PasskeyClientData, 0);
        bytes32 challenge = keccak256(client[CHALLENGE_AT:AFTER_CHALLENGE]);
        if (challenge != keccak256(bytes(Base64.encodeURL(abi.encodePacked(digest))))) {
            return (Code.PasskeyChallenge, uint256(digest));
        }
        if (keccak256(client[AFTER_CHALLENGE:ORIGIN_AT]) != ORIGIN) return (Code.PasskeyClientData, AFTER_CHALLENGE);
        uint256 end = ORIGIN_AT;
        while (end < client.length && client[end] != '"') ++end;
        // the object ends here, or goes on with crossOrigin, which must be false: a page in a frame shows what it likes
        uint256 more = end + 1 + SAME_ORIGIN_LENGTH;
        bool ends = end + 2 == client.length && client[end + 1] == "}";
        if (
            !ends
                && (more >= client.length || keccak256(client[end + 1:more]) != SAME_ORIGIN
                    || (client[more] != "}" && client[more] != ","))
        ) return (Code.PasskeyClientData, end);
        return (Code.Accepted, uint256(keccak256(client[ORIGIN_AT:end])));
    }

    /// @inheritdoc IPasskeys
    function bundleOf(bytes32 hash, uint256 capacity, bytes calldata signature)
        external
        view
        returns (uint256 code, uint256 a, uint256 b, bytes32 bundle, uint256 offset)
    {
        if (signature.length < BUNDLE_HEADER) return (Code.SignatureMalformed, signature.length, BUNDLE_HEADER, 0, 0);
        uint256 siblings = uint8(signature[45]);
        offset = BUNDLE_HEADER + siblings * 32;
        if (signature.length < offset) return (Code.SignatureMalformed, signature.length, offset, 0, 0);
        bytes32 root = bytes32(signature[:32]);
        uint256 count = uint16(bytes2(signature[32:34]));
        uint256 signedCapacity = uint8(signature[34]);
        uint256 expires = uint64(bytes8(signature[35:43]));
        uint256 index = uint16(bytes2(signature[43:45]));
        if (count == 0 || count > MAX_BUNDLE) return (Code.BundleSize, count, MAX_BUNDLE, 0, 0);
        if (signedCapacity != capacity) return (Code.BundleCapacity, signedCapacity, capacity, 0, 0);
        if (expires < block.timestamp) return (Code.BundleExpired, expires, block.timestamp, 0, 0);
        if (expires > block.timestamp + MONTH) return (Code.ExpiresTooFar, expires, block.timestamp + MONTH, 0, 0);
        if (!_isIn(root, hash, index, count, signature[BUNDLE_HEADER:offset])) return (Code.BundleProof, index, count, 0, 0);
        return (Code.Accepted, 0, 0, keccak256(abi.encode(BUNDLE_TYPE, root, count, capacity, expires)), offset);
    }

    /// The register's own kind of tree (RFC 9162, section 2.1.3.2): leaves and nodes are tagged, and the size tells the
    /// shape, so that neither a node nor another place can pass for a leaf.
    function _isIn(bytes32 root, bytes32 hash, uint256 index, uint256 count, bytes calldata siblings)
        private
        view
        returns (bool)
    {
        if (index >= count) return false;
        uint256 last = count - 1;
        bytes32 node = sha256(abi.encodePacked(uint8(0), hash));
        for (uint256 p = 0; p < siblings.length; p += 32) {
            if (last == 0) return false;
            bytes32 sibling = bytes32(siblings[p:p + 32]);
            if (index & 1 == 1 || index == last) {
                node = Memory.node(sibling, node);
                // a subtree that ends the tree has no sibling on these levels
                for (; index & 1 == 0 && index != 0; index >>= 1) last >>= 1;
            } else {
                node = Memory.node(node, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && node == root;
    }
}
