// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Acts} from "./Acts.sol";
import {Code} from "./Codes.sol";
import {Role, Tier, WaveState} from "./Words.sol";
import {ActData, ActSignature, Claim, IAuthority, Proven} from "./interfaces/IAuthority.sol";
import {ILog} from "./interfaces/ILog.sol";
import {IWaves, Lot, Row, Wave} from "./interfaces/IWaves.sol";

/// @title Waves of legacy records
/// @notice Reading order: acts, one function an act; lots; what the ledger asks and tells; views.
contract Waves is IWaves {
    struct Kept {
        bytes32 leaf;
        bytes32 content; // hash of all that it says, apart from who may write and until when
        bytes32 root;
        bytes32 agency;
        bytes32 holder;
        bytes32 office;
        uint8 tier;
        uint8 custody;
        uint24 currency;
        uint32 left; // rows that are not on the ledger yet
        uint128 value; // and what they are still to bring
        uint128 paid;
    }

    /// The signatures of an act: what goes into its leaf and its event.
    struct Checked {
        bytes32 hash;
        bytes32 chain;
        bytes packed;
        bytes32 principal;
        bool ownKey;
    }

    uint16 private constant OPEN = 30;
    uint16 private constant CONSENT = 31;
    uint16 private constant LEASE = 32;
    uint16 private constant CLOSE = 33;
    uint16 private constant ACTIVATE = 34;
    uint16 private constant ROLL_BACK = 35;
    uint16 private constant FINALISE = 36;
    uint8 private constant DETACHES = 1;
    uint8 private constant GATEWAY_CUSTODY = 5;
    uint8 private constant PASSKEY = 2;
    uint256 private constant WAVE_LEAF = 4;
    uint256 private constant MONTH = 31 days;
    uint256 private constant IN_FORCE = 1;
    uint256 private constant TAKEN_BACK_IN_PART = 2;
    uint256 private constant TAKEN_BACK = 3;
    bytes32 private constant LOT_TYPE = keccak256(
        "Lot(bytes32 wave,uint64 epoch,bytes32 agency,bytes32 lotKey,uint8 tier,bytes32 root,uint32 rows,string currency,uint128 value,uint128 paid,uint64 cutOver,bytes32 seen,uint64 expires)"
    );

    ILog public immutable ledger;
    IAuthority public immutable authority;

    uint256 private _count;
    mapping(bytes32 id => uint256 number) private _numbers;
    mapping(uint256 number => Wave) private _waves;
    mapping(uint256 number => bytes32[] ids) private _after;
    mapping(uint256 number => mapping(bytes32 agency => bool)) private _consents;
    mapping(uint256 number => mapping(bytes32 lotKey => Kept)) private _lots;
    mapping(bytes32 subject => bytes32 leaf) private _last;

    constructor(ILog ledger_, IAuthority authority_) {
        (ledger, authority) = (ledger_, authority_);
    }

    // ---- acts ----

    /// @inheritdoc IWaves
    // the leaf comes from the ledger and what is proven from Authority: both immutable, and neither calls back
    // slither-disable-next-line reentrancy-no-eth
    function act(ActData calldata data, ActSignature[] calldata signatures, bytes calldata body) external {
        _current(data.expires);
        if (sha256(body) != data.digest) revert WavesWrongBody(data.digest, sha256(body));
        // no agency: a head of any would do
        if (data.agency == 0) revert WavesAgencyDiffers(0, 0);
        bytes32 subject = data.code == CONSENT ? keccak256(abi.encode(data.post, data.agency)) : data.post;
        if (_last[subject] != data.previous) revert WavesStaleAct(_last[subject], data.previous);
        uint256 number = data.code == OPEN ? _opened(data, body) : _numbers[data.post];
        if (number == 0) revert WavesUnknown(data.post);
        // slither-disable-next-line uninitialized-local (a struct in memory begins as zeros)
        Checked memory checked;
        checked.hash = Acts.hash(data);
        bool twoPeople = data.code >= ACTIVATE;
        if (signatures.length != (twoPeople ? 2 : 1)) revert WavesSignatures(signatures.length, twoPeople ? 2 : 1);
        if (signatures[0].holder != data.maker) revert WavesBadSignature(data.maker, Code.UnknownHolder);
        for (uint256 i = 0; i < signatures.length; ++i) {
            // no act stands in a bundle: whoever signs one sees it
            if (signatures[i].signatureType > PASSKEY) revert WavesBadSignature(signatures[i].holder, Code.SignatureType);
        }
        _signed(checked, signatures[0], Role.Head, data.agency);
        if (twoPeople) _overseen(checked, signatures[0].holder, signatures[1]);
        _apply(number, _waves[number], data);
        bytes32[14] memory words = Acts.words(data);
        (bytes32 leaf, uint256 sequence, uint256 timeMs) = ledger.append(WAVE_LEAF, words, checked.chain);
        _last[subject] = leaf;
        emit WaveActed(leaf, number, words, sequence, timeMs, checked.chain, body, checked.packed);
    }

    function _apply(uint256 number, Wave storage wave, ActData calldata data) private {
        uint16 code = data.code;
        if (code == OPEN) return;
        if (code == CONSENT) return _consent(number, wave, data);
        if (data.agency != wave.agency) revert WavesAgencyDiffers(wave.agency, data.agency);
        if (code == LEASE) _lease(number, wave, data);
        else if (code == CLOSE) _close(number, wave, data);
        else if (code == ACTIVATE) _activate(number, wave);
        else if (code == ROLL_BACK) _rollBack(number, wave);
        else if (code == FINALISE) _finalise(number, wave);
        else revert WavesUnknownAct(code);
    }

    /// A new wave; the body names, 32 bytes each, the waves that must be in force before this one is.
    function _opened(ActData calldata data, bytes calldata body) private returns (uint256 number) {
        if (data.post == 0 || data.key == 0) revert WavesUnknown(data.post);
        if (_numbers[data.post] != 0) revert WavesKnown(data.post);
        if (body.length % 32 != 0) revert WavesWrongBody(data.digest, bytes32(body.length));
        number = ++_count;
        _numbers[data.post] = number;
        Wave storage wave = _waves[number];
        (wave.id, wave.plan, wave.agency) = (data.post, data.key, data.agency);
        (wave.state, wave.detaches) = (WaveState.Open, data.role & DETACHES != 0);
        (wave.epoch, wave.grace) = (1, data.until);
        _consents[number][data.agency] = true;
        for (uint256 p = 0; p < body.length; p += 32) {
            bytes32 id = bytes32(body[p:p + 32]);
            uint256 before = _numbers[id];
            if (before == 0 || before == number) revert WavesUnknown(id);
            if (_waves[before].state == WaveState.RolledBack) revert WavesPrerequisite(id, WaveState.RolledBack);
            _after[number].push(id);
        }
    }

    /// An agency lets its records be taken over by this plan.
    function _consent(uint256 number, Wave storage wave, ActData calldata data) private {
        _expect(number, wave, WaveState.Open);
        if (data.key != wave.plan) revert WavesPlanDiffers(wave.plan, data.key);
        _consents[number][data.agency] = true;
    }

    /// Another writer takes over: lots that were signed for the former one are refused from now on.
    function _lease(uint256 number, Wave storage wave, ActData calldata data) private {
        _expect(number, wave, WaveState.Open);
        if (data.from != wave.epoch + 1) revert WavesStaleEpoch(wave.epoch, data.from);
        wave.epoch = data.from;
    }

    /// All that was to be loaded is, and the numbers that the head signs are those of the lots.
    function _close(uint256 number, Wave storage wave, ActData calldata data) private {
        _expect(number, wave, WaveState.Open);
        if (data.from != wave.epoch) revert WavesStaleEpoch(wave.epoch, data.from);
        if (wave.loaded != wave.expected) revert WavesRowsMissing(wave.expected, wave.loaded);
        if (data.until != wave.rows) revert WavesRowsDiffer(wave.rows, data.until);
        if (data.key != wave.lotsHash) revert WavesLotsDiffer(wave.lotsHash, data.key);
        uint256 counts = uint256(data.holder);
        uint256 read = counts >> 192;
        uint256 accounted = (counts >> 128 & type(uint64).max) + (counts >> 64 & type(uint64).max)
            + (counts & type(uint64).max);
        if (read < accounted || (read == accounted && wave.rows != 0)) revert WavesNotConserved(read, accounted);
        wave.state = WaveState.Closed;
    }

    function _activate(uint256 number, Wave storage wave) private {
        _expect(number, wave, WaveState.Closed);
        bytes32[] storage ids = _after[number];
        for (uint256 i = 0; i < ids.length; ++i) {
            Wave storage before = _waves[_numbers[ids[i]]];
            if (_standing(before) != IN_FORCE) revert WavesPrerequisite(ids[i], before.state);
            ++before.dependants;
        }
        (wave.state, wave.activatedAt) = (WaveState.Active, uint64(block.timestamp));
    }

    /// One write, whatever its size. What people signed on its processes since then would be left without a ground: that
    /// blocks it, unless the plan says that such processes stay; what was paid in it blocks it always.
    function _rollBack(uint256 number, Wave storage wave) private {
        uint8 state = wave.state;
        if (state == WaveState.RolledBack || state == WaveState.Final) revert WavesState(number, state);
        if (wave.dependants != 0) revert WavesDependants(number, wave.dependants);
        if (wave.payments != 0 || (wave.natives != 0 && !wave.detaches)) {
            revert WavesNativeEntries(number, wave.natives, wave.payments);
        }
        wave.state = WaveState.RolledBack;
        if (state != WaveState.Active) return;
        bytes32[] storage ids = _after[number];
        for (uint256 i = 0; i < ids.length; ++i) --_waves[_numbers[ids[i]]].dependants;
    }

    function _finalise(uint256 number, Wave storage wave) private {
        _expect(number, wave, WaveState.Active);
        uint256 until = uint256(wave.activatedAt) + wave.grace;
        if (block.timestamp < until) revert WavesGraceRuns(until, block.timestamp);
        wave.state = WaveState.Final;
    }

    function _expect(uint256 number, Wave storage wave, uint8 state) private view {
        if (wave.state != state) revert WavesState(number, wave.state);
    }

    // ---- lots ----

    /// @inheritdoc IWaves
    // slither-disable-next-line reentrancy-no-eth (as in act)
    function accept(Lot calldata lot, ActSignature calldata signature) external {
        uint256 number = _numbers[lot.wave];
        if (number == 0) revert WavesUnknown(lot.wave);
        Wave storage wave = _waves[number];
        Kept storage kept = _lots[number][lot.lotKey];
        bytes32 content = _content(lot);
        if (kept.leaf != 0) {
            if (kept.content != content) revert WavesLotDiffers(lot.lotKey, kept.leaf);
            return;
        }
        _current(lot.expires);
        _expect(number, wave, WaveState.Open);
        if (lot.epoch != wave.epoch) revert WavesStaleEpoch(wave.epoch, lot.epoch);
        if (!_consents[number][lot.agency]) revert WavesNoConsent(number, lot.agency);
        if (lot.tier < Tier.Whole || lot.tier > Tier.Archive) revert WavesTier(lot.tier);
        if (lot.rows == 0 || lot.root == 0) revert WavesLotEmpty(lot.lotKey);
        if (lot.cutOver > block.timestamp) revert WavesCutOverInFuture(lot.cutOver, block.timestamp);
        _seen(lot.seen);
        // slither-disable-next-line uninitialized-local (a struct in memory begins as zeros)
        Checked memory checked;
        bytes32[14] memory words = _words(lot);
        checked.hash = keccak256(abi.encode(words));
        (uint256 custody, bytes32 office) = _signed(checked, signature, Role.Head, lot.agency);
        (kept.root, kept.agency, kept.holder) = (lot.root, lot.agency, signature.holder);
        (kept.office, kept.tier, kept.custody) = (office, lot.tier, uint8(custody));
        kept.currency = _letters(lot);
        (kept.left, kept.value, kept.paid) = (lot.rows, lot.value, lot.paid);
        if (lot.tier != Tier.Archive) wave.expected += lot.rows;
        ++wave.lots;
        wave.rows += lot.rows;
        wave.lotsHash = keccak256(abi.encode(wave.lotsHash, lot.lotKey, lot.root));
        (bytes32 leaf, uint256 sequence, uint256 timeMs) = ledger.append(WAVE_LEAF, words, checked.chain);
        (kept.leaf, kept.content) = (leaf, content);
        emit LotAccepted(leaf, number, words, sequence, timeMs, checked.chain, lot.currency, checked.packed);
    }

    function _content(Lot calldata lot) private pure returns (bytes32) {
        return keccak256(
            abi.encode(lot.agency, lot.tier, lot.root, lot.rows, lot.currency, lot.value, lot.paid, lot.cutOver)
        );
    }

    function _words(Lot calldata lot) private pure returns (bytes32[14] memory words) {
        words[0] = LOT_TYPE;
        (words[1], words[2], words[3]) = (lot.wave, bytes32(uint256(lot.epoch)), lot.agency);
        (words[4], words[5], words[6]) = (lot.lotKey, bytes32(uint256(lot.tier)), lot.root);
        (words[7], words[8]) = (bytes32(uint256(lot.rows)), keccak256(bytes(lot.currency)));
        (words[9], words[10]) = (bytes32(uint256(lot.value)), bytes32(uint256(lot.paid)));
        (words[11], words[12], words[13]) = (bytes32(uint256(lot.cutOver)), lot.seen, bytes32(uint256(lot.expires)));
    }

    function _letters(Lot calldata lot) private pure returns (uint24) {
        bytes calldata text = bytes(lot.currency);
        if (text.length == 0 && lot.value == 0 && lot.paid == 0) return 0;
        if (text.length != 3) revert WavesCurrency(lot.currency);
        for (uint256 i = 0; i < 3; ++i) if (text[i] < "A" || text[i] > "Z") revert WavesCurrency(lot.currency);
        return uint24(bytes3(text));
    }

    // ---- signatures ----

    function _current(uint256 expires) private view {
        if (expires < block.timestamp) revert WavesExpired(expires, block.timestamp);
        if (expires > block.timestamp + MONTH) revert WavesExpiresTooFar(expires, block.timestamp + MONTH);
    }

    /// Whoever signs a lot has seen a recent checkpoint, as whoever signs an entry.
    function _seen(bytes32 root) private view {
        // slither-disable-next-line unused-return (its root alone is asked)
        (bytes32 newest,) = ledger.newestSeen();
        // slither-disable-next-line incorrect-equality (a root is looked up, not an amount compared)
        if (root == newest) return;
        uint256 storedAt = ledger.seenAt(root);
        // slither-disable-next-line incorrect-equality (zero is "never stored")
        if (storedAt == 0) revert WavesUnknownSeen(root);
        if (storedAt + MONTH < block.timestamp) revert WavesSeenTooOld(storedAt, block.timestamp);
    }

    /// Somebody in a role: a head of the agency, or of one above that covers it; an overseer of the register.
    function _signed(Checked memory checked, ActSignature calldata signature, uint256 role, bytes32 agency)
        private
        returns (uint256 custody, bytes32 office)
    {
        bytes32 place = role == Role.Head ? signature.agency : bytes32(0);
        if (signature.role != role || signature.agency != place) revert WavesWrongCapacity(signature.holder, role);
        Proven memory proven = authority.prove(
            checked.hash,
            Claim(signature.holder, role, place, 0, 0, agency, agency),
            signature.signatureType,
            signature.signature
        );
        if (proven.code != Code.Accepted) revert WavesBadSignature(signature.holder, proven.code);
        _notTakenBack(checked.hash, signature.holder);
        if (proven.bundle != 0) _notTakenBack(proven.bundle, signature.holder);
        (custody, office) = (proven.custody, proven.officeLeaf);
        checked.principal = proven.principal;
        if (custody != GATEWAY_CUSTODY) checked.ownKey = true;
        checked.chain = Acts.chained(checked.chain, signature.holder, role, custody, office);
        checked.packed = Acts.packed(checked.packed, signature, role, place, custody, office);
    }

    function _notTakenBack(bytes32 target, bytes32 holder) private view {
        bytes32 leaf = ledger.cancelled(target, holder);
        if (leaf != 0) revert WavesCancelled(target, leaf);
    }

    /// The second person: neither the first, nor for whom that one acts; one of the two with a key of his own.
    function _overseen(Checked memory checked, bytes32 first, ActSignature calldata second) private {
        if (second.holder == first || second.holder == checked.principal) revert WavesSamePerson(second.holder);
        _signed(checked, second, Role.Overseer, 0);
        if (!checked.ownKey) revert WavesOnlyGatewayKeys(second.holder);
    }

    // ---- what the ledger asks and tells ----

    /// @inheritdoc IWaves
    function standing(uint256 number) external view returns (uint256) {
        return _standing(_waves[number]);
    }

    function _standing(Wave storage wave) private view returns (uint256) {
        uint8 state = wave.state;
        if (state == WaveState.Active || state == WaveState.Final) return IN_FORCE;
        if (state != WaveState.RolledBack) return 0;
        return wave.detaches ? TAKEN_BACK_IN_PART : TAKEN_BACK;
    }

    /// @inheritdoc IWaves
    function admit(Row calldata row, bytes32[] calldata proof) external returns (Proven memory lot) {
        _onlyLedger();
        Wave storage wave = _waves[row.wave];
        Kept storage kept = _lots[row.wave][row.lotKey];
        if (wave.state == WaveState.Unknown) return _refused(lot, Code.UnknownWave, row.wave, 0);
        if (kept.leaf == 0) return _refused(lot, Code.UnknownLot, uint256(row.lotKey), row.wave);
        bool archive = kept.tier == Tier.Archive;
        if (archive) {
            if (_standing(wave) != IN_FORCE) return _refused(lot, Code.WaveNotInForce, row.wave, wave.state);
        } else if (wave.state != WaveState.Open) {
            return _refused(lot, Code.WaveNotOpen, row.wave, wave.state);
        }
        bytes32 leaf = keccak256(abi.encode(keccak256(abi.encode(row.hash))));
        if (!MerkleProof.verifyCalldata(proof, kept.root, leaf)) {
            return _refused(lot, Code.RowProof, uint256(row.hash), uint256(kept.root));
        }
        if (row.agency != kept.agency) {
            return _refused(lot, Code.WrongAgency, uint256(kept.agency), uint256(row.agency));
        }
        // who sends a row chooses its bytes: without this check he could keep a body to himself
        if (row.maker != kept.holder || (row.away && kept.tier != Tier.Terms)) {
            return _refused(lot, Code.RowDiffers, uint256(row.maker), Role.Head);
        }
        if (row.value | row.paid != 0 && row.currency != kept.currency) {
            return _refused(lot, Code.CurrencyDiffers, kept.currency, row.currency);
        }
        // the last row brings all that is left, so a lot whose sums are not its rows' never becomes whole
        (uint256 left, uint256 value, uint256 paid) = (kept.left, kept.value, kept.paid);
        if (left == 0 || row.value > value || (left == 1 && row.value != value)) {
            return _refused(lot, Code.LotSums, value, row.value);
        }
        if (row.paid > paid || (left == 1 && row.paid != paid)) return _refused(lot, Code.LotSums, paid, row.paid);
        (kept.left, kept.value, kept.paid) = (uint32(left - 1), uint128(value - row.value), uint128(paid - row.paid));
        if (archive) ++wave.promoted;
        else ++wave.loaded;
        (lot.code, lot.officeLeaf, lot.custody) = (Code.Accepted, kept.office, kept.custody);
    }

    function _refused(Proven memory lot, uint256 code, uint256 a, uint256 b)
        private
        pure
        returns (Proven memory)
    {
        (lot.code, lot.a, lot.b) = (code, a, b);
        return lot;
    }

    /// @inheritdoc IWaves
    function touch(uint256 number, bool first, bool payment) external {
        _onlyLedger();
        Wave storage wave = _waves[number];
        ++wave.natives;
        if (first) ++wave.touched;
        if (payment) ++wave.payments;
    }

    function _onlyLedger() private view {
        if (msg.sender != address(ledger)) revert WavesNotLedger(msg.sender);
    }

    // ---- views ----

    /// @inheritdoc IWaves
    function numberOf(bytes32 id) external view returns (uint256) {
        return _numbers[id];
    }

    /// @inheritdoc IWaves
    function waveOf(uint256 number) external view returns (Wave memory) {
        return _waves[number];
    }

    /// @inheritdoc IWaves
    function lotOf(uint256 number, bytes32 lotKey) external view returns (bytes32 leaf, uint256 rowsLeft) {
        Kept storage kept = _lots[number][lotKey];
        return (kept.leaf, kept.left);
    }

    /// @inheritdoc IWaves
    function lastAct(bytes32 subject) external view returns (bytes32) {
        return _last[subject];
    }
}
