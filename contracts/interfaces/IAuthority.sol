// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A signed act on holders, agencies or offices (EIP-712 type Act; what each field means by code is in
/// docs/reference/formats.md section 7).
struct ActData {
    uint16 code;
    bytes32 maker;
    bytes32 holder;
    bytes32 agency;
    uint8 role;
    bytes32 post;
    bytes32 key;
    uint8 custody;
    uint64 from;
    uint64 until;
    bytes32 digest;
    bytes32 previous;
    uint64 expires;
}

/// @notice One signature under an act: who, in which role, held at which agency (zero for registrars and overseers).
struct ActSignature {
    bytes32 holder;
    uint8 role;
    bytes32 agency;
    uint8 signatureType;
    bytes signature;
}

/// @notice What a signature is held against: see `authorize`. Role 0 asks for the holder alone, whatever his offices.
struct Claim {
    bytes32 holder;
    uint256 role;
    bytes32 agency;
    bytes32 post;
    uint256 up;
    bytes32 coverA;
    bytes32 coverB;
}

/// @notice What a signature proves: code 1 accepted, else a Code and its values `a` and `b`; the office's leaf, the key's
/// custody, and the hash of the bundle that was signed, if it was one.
struct Proven {
    uint256 code;
    uint256 a;
    uint256 b;
    bytes32 officeLeaf;
    uint256 custody;
    bytes32 bundle;
    bytes32 principal; // the holder who delegated the office; zero for one of one's own
}

/// @title Who may sign what
/// @notice Holders and their keys, agencies and their ocid stems, offices, and the signed acts that change them.
/// Views and `prove` are total: whatever they are asked, they answer and never revert.
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
    /// @return principal the holder who delegated the office; zero for an office of one's own
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
    ) external view returns (uint256 code, bytes32 officeLeaf, uint256 custody, bytes32 principal);

    /// @notice The same for signatures of the other types: a passkey's (2), and a bundle's by either sort of key (3, 4).
    /// Remembers a bundle whose passkey was verified, so that the others of it need not pay for that again.
    /// @param hash struct hash of what was signed, or of what the bundle holds
    function prove(bytes32 hash, Claim calldata claim, uint256 signatureType, bytes calldata signature)
        external
        returns (Proven memory proven);

    /// @notice 1 if `stem` (keccak256 of its text) is a stem of `agency` for that use; else Code.UnknownStem or
    /// Code.StemOfAnother.
    /// @param use 1 native, 2 for waves
    function checkStem(bytes32 stem, bytes32 agency, uint256 use) external view returns (uint256 code);

    /// @notice True if `id` is a registered supplier entity (or group).
    function isEntity(bytes32 id) external view returns (bool);

    /// @notice The leaf of the newest act on a holder, an agency or an office key: what the next act names as `previous`.
    function lastAct(bytes32 subject) external view returns (bytes32 leaf);

    /// @notice The subject of acts on an office.
    function officeKey(bytes32 holder, bytes32 agency, uint256 role, bytes32 post) external pure returns (bytes32);

    /// @notice Records a signed act. Anyone may relay it.
    /// @param signatures the maker's first, then an overseer's where the act needs one, then a new key's own; no other
    /// @param body public JSON whose SHA-256 the act signs (for a stem: its text); never personal data
    function act(ActData calldata data, ActSignature[] calldata signatures, bytes calldata body) external;

    /// @notice The council names a registrar or overseer, enrolling his first key if he is new.
    /// @param key zero, as `custody`, for a holder who is enrolled
    /// @param own the new key's own signature under the act (code 20; maker, agency, post, from and expires zero; previous
    ///        the last act on the office); empty for a holder who is enrolled
    function appoint(
        bytes32 holder,
        address key,
        uint8 custody,
        uint8 role,
        uint64 until,
        bytes calldata body,
        ActSignature[] calldata own
    ) external;
    /// @notice The council ends a registrar's or overseer's office.
    function dismiss(bytes32 holder, uint8 role, bytes calldata body) external;
    /// @notice The council grants any office for at most seven days, with its own mark.
    function breakGlass(bytes32 holder, bytes32 agency, uint8 role, bytes32 post, uint64 until, bytes calldata body)
        external;
    /// @notice The council lets passkeys sign on pages of an origin, such as https://pengadaan.example.go.id, or no longer.
    /// @param rpId the domain that their keys are bound to: the origin's own, or one above it
    function setOrigin(string calldata origin, string calldata rpId, bool allowed) external;
    /// @notice The council has made this call: changed its members, a rule set, or who may do what.
    function decided(address target, bytes calldata data) external;

    /// @notice A gateway fixes its access log up to a row; for accounts with the role of gateways alone.
    /// @param head the RFC 6962 root over the hashes of the rows after the account's last anchor
    /// @param rows the number of the newest row
    function anchor(bytes32 head, uint64 rows) external;

    /// @param signers the chained word of those who signed, as in the leaf of an entry (exceptions and seen zero)
    /// @param signatures per signer: holder 32, role 1, agency 32, custody 1, office leaf 32, signature type 1, its length 2, bytes
    event ActRecorded(
        bytes32 indexed leaf,
        bytes32 indexed subject,
        bytes32[14] words,
        uint256 registerSequence,
        uint256 timeMs,
        bytes32 signers,
        bytes body,
        bytes signatures
    );
    event AccessLogAnchored(
        bytes32 indexed leaf, bytes32 head, uint64 rows, address account, uint256 registerSequence, uint256 timeMs
    );
    event GlassBroken(bytes32 indexed leaf, bytes32 indexed holder, bytes32 agency, uint256 role, uint256 until);

    error AuthorityActExpired(uint256 expires, uint256 time);
    error AuthorityActExpiresTooFar(uint256 expires, uint256 latest);
    error AuthorityWrongBody(bytes32 signed, bytes32 given);
    error AuthorityStaleAct(bytes32 last, bytes32 previous);
    error AuthorityUnknownAct(uint256 code);
    error AuthoritySignatureMissing(bytes32 holder, uint256 role);
    error AuthoritySurplusSignatures(uint256 given, uint256 needed);
    error AuthorityOnlyGatewayKeys(bytes32 holder);
    error AuthorityBadSignature(bytes32 holder, uint256 code);
    error AuthorityNoOffice(bytes32 holder, bytes32 agency, uint256 role);
    error AuthoritySamePerson(bytes32 holder);
    error AuthorityKnown(bytes32 id);
    error AuthorityUnknown(bytes32 id);
    error AuthorityBackdated(uint256 given, uint256 limit);
    error AuthorityTooLate(uint256 effective, uint256 time);
    error AuthorityCycle(bytes32 agency, bytes32 parent);
    error AuthorityTooDeep(uint256 depth, uint256 limit);
    error AuthorityStem(bytes stem);
    error AuthorityCouncilOnly(uint256 role);
    error AuthoritySuspended(bytes32 holder, bytes32 agency, uint256 role);
    error AuthorityDelegated(bytes32 principal);
    error AuthorityLeftOut(uint256 role, bytes32 post);
    error AuthorityNotHeld(uint256 position);
}
