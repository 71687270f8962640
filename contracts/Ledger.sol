// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Code} from "./Codes.sol";
import {Memory} from "./Image.sol";
import {Act, Kind, Role, Status, Surety, Term} from "./Words.sol";
import {Claim, IAuthority, Proven} from "./interfaces/IAuthority.sol";
import {Agreement, Award, ILedger, Process} from "./interfaces/ILedger.sol";
import {ILog} from "./interfaces/ILog.sol";
import {IPolicy} from "./interfaces/IPolicy.sol";
import {Image, IRules, Outcome} from "./interfaces/IRules.sol";
import {IWaves, Row} from "./interfaces/IWaves.sol";

/// @title The ledger
/// @notice Codec, deduplication, locks, signatures, storage, log, events. What an entry may do is judged by Rules.
/// Reading order: submit, one item, its parts in the order in which they are checked, writing, the log, views.
contract Ledger is ILedger {
    using Memory for Image;

    /// Where the parts of an item lie in calldata.
    struct Item {
        uint256 start;
        uint256 end;
        uint256 up;
        uint256 stemLength;
        uint256 ocid;
        uint256 ocidLength;
        uint256 signature;
        uint256 approvals;
        uint256 preimage;
        uint256 preimageLength;
        uint256 wave; // of a row of a lot; 0 for what people signed here
        bytes32 lotKey;
        bool away; // its body is kept off the chain
        uint256 proof;
        uint256 proofLength;
        bytes32 hash;
        bytes32 incarnation; // under which the state of the process is kept
        bytes32 stateKey;
        bytes32 anchor;
        bytes32 post;
        bytes32 payer;
        bytes signed;
        bytes32[] people; // who signed, and for whom; only where there are approvals
        uint256 peopleCount;
    }

    struct Document {
        uint128 total;
        uint128 used;
    }

    /// What is left of a guarantee, kept under the leaf of its posting.
    struct Posting {
        bytes32 contractKey;
        uint128 amount;
        uint64 until;
        uint8 sort;
    }

    /// What came back of a payment, and its amount as corrected; kept under the payment's first leaf.
    struct Share {
        uint128 amount;
        uint128 returned;
    }

    struct Counter {
        bytes32 head;
        uint64 count;
    }

    uint256 private constant VERSION = 1;
    uint256 private constant MAX_TEXT = 200;
    uint256 private constant MAX_BODY = 98_304;
    uint256 private constant MAX_APPROVALS = 4;
    /// fixed fields, the shortest ocid, no terms, one signature, no approvals
    uint256 private constant MIN_ENTRY = 217;
    /// the same without a signature: a row of a lot
    uint256 private constant MIN_ROW = 152;
    uint256 private constant NATIVE_STEM = 1;
    uint256 private constant WAVE_STEM = 2;
    /// what Waves answers of a wave
    uint256 private constant IN_FORCE = 1;
    uint256 private constant TAKEN_BACK_IN_PART = 2;
    uint256 private constant MONTH = 31 days;
    uint256 private constant GATEWAY_CUSTODY = 5;
    uint256 private constant ENTRY_HEADER = (VERSION << 240) | (1 << 232);
    bytes32 private constant CANCEL_HEADER = bytes32((VERSION << 240) | (5 << 232));
    uint256 private constant SIGNS_TERMS = (1 << Kind.Contract) | (1 << Kind.Countersignature) | (1 << Kind.Amendment)
        | (1 << Kind.Correction) | (1 << Kind.Transition);
    /// set in a byte that is not ASCII
    uint256 private constant HIGH_BITS = 0x8080808080808080808080808080808080808080808080808080808080808080;
    /// kinds that name an accepted entry and bring its leaf; a note may
    uint256 private constant BRINGS_OLD = (1 << Kind.Correction) | (1 << Kind.Return) | (1 << Kind.Withdrawal);
    bytes32 private constant EMPTY_TEXT = keccak256("");

    bytes private constant TERMS =
        "Terms(uint32 present,uint32 code,string currency,uint128 value,uint128 scopeValue,uint128 amount,uint128 advance,uint128 recovered,uint128 withheld,uint128 released,uint128 documentTotal,bytes32 issuer,bytes32 documentKey,bytes32 party,bytes32 officer,bytes32 payer,uint64 on,uint64 until)";
    bytes private constant ENTRY =
        "Entry(bytes32 commandId,bytes32 maker,uint8 capacity,string ocid,string contractId,string awardId,bytes32 agency,uint8 kind,bytes32 basis,bytes32 seen,bytes32 digest,Terms terms,bytes32 refersTo,uint64 expires)";
    bytes32 private constant CANCEL_TYPE = keccak256("Cancel(bytes32 target,bytes32 holder,uint64 expires)");

    IAuthority public immutable authority;
    IPolicy public immutable policy;
    IRules public immutable rules;
    IWaves public immutable waves;
    bytes32 public immutable salt;
    /// @inheritdoc ILog
    bytes32 public immutable domainSeparator;
    // what the compiler would work out anew for every item, as constants
    bytes32 private immutable EMPTY_BODY = sha256("");
    bytes32 private immutable TERMS_TYPE = keccak256(TERMS);
    bytes32 private immutable ENTRY_TYPE = keccak256(bytes.concat(ENTRY, TERMS));
    bytes32 private immutable APPROVAL_TYPE = keccak256(
        bytes.concat(
            "Approval(Entry entry,bytes32 holder,uint8 capacity,uint32 exceptions,bytes32 seen,uint64 expires)",
            ENTRY,
            TERMS
        )
    );

    uint64 private _size;
    uint64 private _seenDay;
    bytes32 private _newestSeen;
    mapping(uint256 height => bytes32) private _frontier;
    mapping(bytes32 root => uint64) private _seenAt;
    mapping(bytes32 command => bytes32 leaf) private _commands;
    mapping(bytes32 hashAndHolder => bytes32 leaf) private _cancelled;
    mapping(bytes32 process => Process) private _processes;
    mapping(bytes32 agency => Counter) private _agencies;
    mapping(bytes32 processAndAward => Award) private _awards;
    mapping(bytes32 processAndContract => Agreement) private _contracts;
    mapping(bytes32 issuerAndKey => Document) private _documents;
    mapping(bytes32 contractAndNumber => bool) private _numbers;
    mapping(bytes32 leaf => bytes32 correction) private _corrected;
    mapping(bytes32 correction => uint256 kind) private _correctedKind;
    /// the leaf under which running amounts are kept, of what is not that leaf itself
    mapping(bytes32 leaf => bytes32 anchor) private _anchors;
    mapping(bytes32 posting => Posting) private _guarantees;
    mapping(bytes32 payment => Share) private _shares;
    mapping(bytes32 contractKey => uint256 lanes) private _holds;

    constructor(IAuthority authority_, IPolicy policy_, IRules rules_, IWaves waves_, bytes32 salt_) {
        (authority, policy, rules, waves, salt) = (authority_, policy_, rules_, waves_, salt_);
        domainSeparator = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)"
                ),
                keccak256("Prasasti"),
                keccak256("1"),
                block.chainid,
                address(this),
                salt_
            )
        );
    }

    /// @inheritdoc ILedger
    // Authority, Rules and Waves are immutable and call back nothing but the ledger's views
    // slither-disable-next-line reentrancy-no-eth
    function submit(bytes calldata batch) external {
        uint256 p;
        assembly ("memory-safe") {
            p := batch.offset
        }
        uint256 end = p + batch.length;
        if (batch.length < 3 || _u8(p) != VERSION) revert LedgerBatchMalformed(0);
        uint256 count = _u16(p + 1);
        p += 3;
        Image memory m = Memory.newImage();
        Outcome memory o;
        Item memory item;
        uint256 free = Memory.mark();
        for (; count > 0; --count) {
            uint256 next = p + 4 + _u32(p);
            if (next > end || next < p + 5) revert LedgerBatchMalformed(batch.length + p - end);
            (item.start, item.end) = (p + 4, next);
            uint256 kind = _u8(p + 4);
            m.clear();
            (o.code, o.a, o.b) = (0, 0, 0);
            // what an item before it left behind is no fact about this one
            (item.hash, item.post, item.payer, item.anchor, item.wave) = (0, 0, 0, 0, 0);
            if (kind == 1) _entry(m, o, item);
            else if (kind == 2) _cancel(o, item);
            else if (kind == 4) _row(m, o, item);
            else o.code = Code.Malformed;
            if (o.code != Code.Accepted) {
                if (item.hash == 0) item.hash = Memory.hash(item.start, item.end - item.start);
                emit Refused(item.hash, uint16(o.code), o.a, o.b);
            }
            Memory.release(free);
            p = next;
        }
        if (p != end) revert LedgerBatchMalformed(batch.length + p - end);
    }

    /// A row of a lot: wave, lot, proof, and an entry that nobody signed by itself.
    function _row(Image memory m, Outcome memory o, Item memory item) private {
        uint256 p = item.start;
        (item.wave, item.lotKey, item.proofLength) = (_u32(p + 1), _word(p + 5), _u8(p + 37));
        item.proof = p + 38;
        item.start = item.proof + 32 * item.proofLength;
        if (item.wave == 0 || item.start >= item.end || _u8(item.start) != 1) {
            item.start = p;
            (o.code, o.a, o.b) = (Code.Malformed, item.wave, 0);
            return;
        }
        _entry(m, o, item);
    }

    /// One entry: everything is checked before the first write, cheap checks before signatures.
    // slither-disable-next-line reentrancy-no-eth (as in submit)
    function _entry(Image memory m, Outcome memory o, Item memory item) private {
        if (!_decode(m, o, item)) return;
        // a wave brings what is there: the sections before the contract, and openings
        if (m.kind == Kind.Unknown || m.kind > (item.wave == 0 ? Kind.Withdrawal : Kind.Award)) {
            (o.code, o.a, o.b) = (Code.UnknownKind, m.kind, 0);
            return;
        }
        if (!_fresh(m, o, item.wave != 0)) return;
        Process storage process = _processes[m.process];
        if (!_place(m, o, item, process)) return;
        Process storage state = _processes[item.incarnation];
        m.planningStatus = state.planning;
        m.tenderStatus = state.tender;
        m.agreements = state.agreements;
        m.opened = state.opened ? 1 : 0;
        Award storage award = _awards[Memory.pair(item.incarnation, m.awardId)];
        item.stateKey = Memory.pair(item.incarnation, m.contractId);
        Agreement storage agreement = _contracts[item.stateKey];
        if (m.contractId != 0 && m.kind > Kind.Award || m.kind == Kind.Opening) _loadContract(m, item, agreement);
        if (_bringsPreimage(m) && !_preimage(m, o, item)) return;
        // a contract made on an award stays tied to it, whether or not later entries name the award
        if (m.kind > Kind.Award && m.kind != Kind.Contract && agreement.awardKey != 0) award = _awards[agreement.awardKey];
        uint256 kind = m.kind == Kind.Correction || m.kind == Kind.Withdrawal ? m.oldKind : m.kind;
        if (
            kind == Kind.Award || kind == Kind.Contract || kind == Kind.Opening || kind == Kind.Transition
                || kind == Kind.Note
        ) {
            _loadAward(m, award);
        }
        // a row could not know the lock when its lot was signed: it has none while nobody has signed on its process since
        if ((item.wave == 0 || state.touched) && !_basis(m, o, kind, state, award, agreement)) return;
        if (_cancelled[Memory.pair(item.hash, m.maker)] != 0) {
            (o.code, o.a, o.b) = (Code.CancelledBefore, uint256(item.hash), 0);
            return;
        }
        if (item.wave != 0) m.approvals = Role.FOUND_BIT;
        else if (!_sign(m, o, item)) return;
        _facts(m, item, kind);

        if (!Memory.judge(rules, m, o)) {
            (o.code, o.a, o.b) = (Code.RuleFault, 0, 0);
            return;
        }
        if (o.code != Code.Accepted) return;
        // last of all, for it counts the row as loaded
        if (item.wave != 0 && !_admit(m, o, item)) return;
        _write(m, o, item, process, award, agreement, kind);
        if (m.wave != item.wave) {
            waves.touch(m.wave, !state.touched, m.kind == Kind.Payment);
            state.touched = true;
        }
    }

    // ---- checks, in their order ----

    /// Fields of the item into the image; hashes of texts, body, terms and entry.
    function _decode(Image memory m, Outcome memory o, Item memory item) private view returns (bool) {
        // positions come from 8- to 32-bit lengths, so sums stay far below 2^256
        unchecked {
            uint256 p = item.start;
            uint256 end = item.end;
            bool row = item.wave != 0;
            uint256 shortest = row ? MIN_ROW : MIN_ENTRY;
            if (end - p < shortest) return _refuse(o, Code.Malformed, end - p, shortest);
            m.kind = _u8(p + 1);
            m.capacity = _u8(p + 2);
            item.up = _u8(p + 3);
            item.stemLength = _u8(p + 4);
            uint256 has = _u8(p + 5);
            p += 6;
            m.commandId = _word(p);
            m.maker = _word(p + 32);
            m.agency = _word(p + 64);
            m.seen = _word(p + 96);
            m.expires = _u64(p + 128);
            p += 136;
            if (has & 1 != 0) {
                m.basis = _word(p);
                p += 32;
            }
            if (has & 2 != 0) {
                m.refersTo = _word(p);
                p += 32;
            }
            // bits without a meaning, and a preimage that nobody checks, would travel with the entry unsigned
            // only a wave leaves bodies off the chain, and says their digest instead
            if (has > (row ? 127 : 63) || has & 96 == 96 || (has & 16 != 0 && !_bringsPreimage(m))) {
                return _refuse(o, Code.Malformed, 5, has);
            }
            uint256 length = item.ocidLength = _u8(p);
            if (length > MAX_TEXT) return _refuse(o, Code.TextTooLong, length, MAX_TEXT);
            if (length == 0 || !_isText(p + 1, length)) return _refuse(o, Code.Malformed, p - item.start, 0);
            item.ocid = p + 1;
            m.process = Memory.hash(p + 1, length);
            p += 1 + length;
            m.contractId = m.awardId = EMPTY_TEXT;
            if (has & 4 != 0) {
                length = _u8(p);
                if (length == 0 || length > MAX_TEXT) return _refuse(o, Code.TextTooLong, length, MAX_TEXT);
                if (!_isText(p + 1, length)) return _refuse(o, Code.Malformed, p - item.start, 0);
                m.contractId = Memory.hash(p + 1, length);
                p += 1 + length;
            }
            if (has & 8 != 0) {
                length = _u8(p);
                if (length == 0 || length > MAX_TEXT) return _refuse(o, Code.TextTooLong, length, MAX_TEXT);
                if (!_isText(p + 1, length)) return _refuse(o, Code.Malformed, p - item.start, 0);
                m.awardId = Memory.hash(p + 1, length);
                p += 1 + length;
            }
            p = _terms(m, p);
            if (m.currencyLetters == 1) return _refuse(o, Code.Malformed, p - item.start, 0);
            m.termsHash = m.hash(Memory.TERMS_AT, Memory.TERMS_WORDS);

            item.signature = p;
            p = p + 3 + _u16(p + 1);
            item.approvals = p;
            uint256 approvals = _u8(p);
            // the lot is signed: type, length and approvals of a row are zeros
            if (row && _u32(item.signature) != 0) return _refuse(o, Code.Malformed, item.signature - item.start, 0);
            if (approvals > MAX_APPROVALS) return _refuse(o, Code.TooManyApprovals, approvals, MAX_APPROVALS);
            p += 1;
            for (; approvals > 0; --approvals) {
                p = p + 81 + _u16(p + 79);
            }
            item.preimageLength = 0;
            if (has & 16 != 0) {
                item.preimageLength = _u32(p);
                item.preimage = p + 4;
                p += 4 + item.preimageLength;
            }
            m.digest = EMPTY_BODY;
            if (has & 32 != 0) {
                length = _u32(p);
                if (length > MAX_BODY) return _refuse(o, Code.BodyTooLarge, length, MAX_BODY);
                if (p + 4 + length > end) return _refuse(o, Code.Malformed, p - item.start, 0);
                m.digest = Memory.digest(p + 4, length);
                p += 4 + length;
            }
            item.away = has & 64 != 0;
            if (item.away) (m.digest, p) = (_word(p), p + 32);
            if (p != end) return _refuse(o, Code.Malformed, p - item.start, 0);
            m.header = ENTRY_HEADER;
            m.entryType = ENTRY_TYPE;
            item.hash = m.hash(Memory.ENTRY_AT, Memory.ENTRY_WORDS);
            // from here on "none" is zero; the leaf gets the hash of the empty text back before it is made
            if (has & 4 == 0) m.contractId = 0;
            if (has & 8 == 0) m.awardId = 0;
            return true;
        }
    }

    /// UTF-8 (RFC 3629), so that whoever reads the log reads the text that was hashed; plain ASCII a word at a time.
    function _isText(uint256 p, uint256 length) private pure returns (bool) {
        // positions come from 8- to 32-bit lengths, so sums stay far below 2^256
        unchecked {
            uint256 end = p + length;
            uint256 high = Memory.load(end - 32);
            if (length < 32) high &= (1 << 8 * length) - 1;
            for (uint256 q = p; q + 32 < end; q += 32) high |= Memory.load(q);
            if (high & HIGH_BITS == 0) return true;
            while (p < end) {
                uint256 lead = _u8(p++);
                if (lead < 0x80) continue;
                uint256 more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
                if (lead < 0xc2 || lead > 0xf4 || p + more > end) return false;
                uint256 next = _u8(p);
                // neither a longer form than needed, nor half a surrogate pair, nor beyond U+10FFFF
                if (lead == 0xe0 && next < 0xa0 || lead == 0xed && next > 0x9f) return false;
                if (lead == 0xf0 && next < 0x90 || lead == 0xf4 && next > 0x8f) return false;
                for (; more > 0; --more) if (_u8(p++) >> 6 != 2) return false;
            }
            return true;
        }
    }

    /// The terms that are present, in order. A currency that is not three capital letters gives currencyLetters = 1.
    function _terms(Image memory m, uint256 p) private view returns (uint256) {
        // positions come from 8- to 32-bit lengths, so sums stay far below 2^256
        unchecked {
            uint256 present = _u32(p);
            p += 4;
            m.termsType = TERMS_TYPE;
            m.present = present;
            m.currency = EMPTY_TEXT;
            if (present & Term.CODE != 0) (m.code, p) = (_u32(p), p + 4);
            if (present & Term.CURRENCY != 0) {
                uint256 letters = uint256(Memory.load(p)) >> 232;
                m.currencyLetters = _capitals(letters) ? letters : 1;
                m.currency = Memory.hash(p, 3);
                p += 3;
            }
            if (present & Term.VALUE != 0) (m.value, p) = (_u128(p), p + 16);
            if (present & Term.SCOPE_VALUE != 0) (m.scopeValue, p) = (_u128(p), p + 16);
            if (present & Term.AMOUNT != 0) (m.amount, p) = (_u128(p), p + 16);
            if (present & Term.ADVANCE != 0) (m.advance, p) = (_u128(p), p + 16);
            if (present & Term.RECOVERED != 0) (m.recovered, p) = (_u128(p), p + 16);
            if (present & Term.WITHHELD != 0) (m.withheld, p) = (_u128(p), p + 16);
            if (present & Term.RELEASED != 0) (m.released, p) = (_u128(p), p + 16);
            if (present & Term.DOCUMENT_TOTAL != 0) (m.documentTotal, p) = (_u128(p), p + 16);
            if (present & Term.ISSUER != 0) (m.issuer, p) = (_word(p), p + 32);
            if (present & Term.DOCUMENT_KEY != 0) (m.documentKey, p) = (_word(p), p + 32);
            if (present & Term.PARTY != 0) (m.party, p) = (_word(p), p + 32);
            if (present & Term.OFFICER != 0) (m.officer, p) = (_word(p), p + 32);
            if (present & Term.PAYER != 0) (m.payer, p) = (_word(p), p + 32);
            if (present & Term.ON != 0) (m.on, p) = (_u64(p), p + 8);
            if (present & Term.UNTIL != 0) (m.until, p) = (_u64(p), p + 8);
            return p;
        }
    }

    function _capitals(uint256 letters) private pure returns (bool) {
        // each byte minus "A" and "Z" minus each byte stay below 0x80: neither wraps round
        unchecked {
            return ((letters - 0x414141) | (0x5a5a5a - letters)) & ~uint256(0x1f1f1f) == 0;
        }
    }

    /// Not expired, not recorded before, and signed by someone who had seen a recent checkpoint.
    function _fresh(Image memory m, Outcome memory o, bool row) private view returns (bool) {
        m.time = block.timestamp;
        bytes32 before = _commands[Memory.pair(m.maker, m.commandId)];
        if (before != 0) return _refuse(o, Code.DuplicateCommand, uint256(before), 0);
        if (row) return true;
        if (m.expires < m.time) return _refuse(o, Code.Expired, m.expires, m.time);
        if (m.expires > m.time + MONTH) return _refuse(o, Code.ExpiresTooFar, m.expires, m.time + MONTH);
        return _seen(o, m.seen);
    }

    function _seen(Outcome memory o, bytes32 root) private view returns (bool) {
        // slither-disable-next-line incorrect-equality (a root is looked up, not an amount compared)
        if (root == _newestSeen) return true;
        uint256 storedAt = _seenAt[root];
        // slither-disable-next-line incorrect-equality (zero is "never stored")
        if (storedAt == 0) return _refuse(o, Code.UnknownSeen, uint256(root), 0);
        if (storedAt + MONTH < block.timestamp) return _refuse(o, Code.SeenTooOld, storedAt, block.timestamp);
        return true;
    }

    /// The process, its agency and its counters; a new ocid begins with a stem of the agency.
    function _place(Image memory m, Outcome memory o, Item memory item, Process storage process)
        private
        view
        returns (bool)
    {
        bytes32 agency = process.agency;
        if (agency == 0) {
            uint256 kind = m.kind;
            if (kind != Kind.Opening && kind != Kind.Planning && kind != Kind.Tender && kind != Kind.Contract) {
                return _refuse(o, Code.UnknownProcess, uint256(m.process), 0);
            }
            uint256 stem = item.stemLength;
            if (stem == 0 || stem + 1 >= item.ocidLength || _u8(item.ocid + stem) != 0x2d) {
                return _refuse(o, Code.UnknownStem, 0, 0);
            }
            bytes32 hash = Memory.hash(item.ocid, stem);
            uint256 code = authority.checkStem(hash, m.agency, item.wave == 0 ? NATIVE_STEM : WAVE_STEM);
            if (code != Code.Accepted) return _refuse(o, code, uint256(hash), uint256(m.agency));
            m.processSequence = 1;
            m.timeMs = m.time * 1000;
            m.wave = item.wave;
        } else {
            if (agency != m.agency) return _refuse(o, Code.WrongAgency, uint256(agency), uint256(m.agency));
            m.wave = process.wave;
            if (m.wave | item.wave != 0 && !_stands(m, o, item)) return false;
            m.processSequence = process.count + 1;
            uint256 inSecond = process.second == m.time ? process.inSecond : 0;
            if (inSecond > 999) return _refuse(o, Code.SecondFull, m.time, 0);
            m.timeMs = m.time * 1000 + inSecond;
            m.previousProcess = process.head;
        }
        item.incarnation = m.wave == 0 ? m.process : Memory.pair(m.process, bytes32(m.wave));
        return true;
    }

    /// People sign on a process whose wave is in force, or that stayed when it was rolled back. A row takes a place that
    /// is its wave's own, or that was given up with another.
    function _stands(Image memory m, Outcome memory o, Item memory item) private view returns (bool) {
        if (m.wave == item.wave) return true;
        uint256 standing = waves.standing(m.wave);
        bool counts = standing == IN_FORCE;
        if (standing == TAKEN_BACK_IN_PART) counts = _processes[Memory.pair(m.process, bytes32(m.wave))].touched;
        if (item.wave == 0) return counts || _refuse(o, Code.WaveNotInForce, m.wave, standing);
        if (m.wave == 0 || counts || standing == 0) return _refuse(o, Code.WaveOverlap, m.wave, item.wave);
        m.wave = item.wave;
        return true;
    }

    /// The optimistic lock that this kind signs.
    function _basis(
        Image memory m,
        Outcome memory o,
        uint256 kind,
        Process storage state,
        Award storage award,
        Agreement storage agreement
    ) private view returns (bool) {
        // a correction of what stands on a contract changes its terms
        if (m.kind == Kind.Correction && (kind < Kind.Planning || kind > Kind.Award)) kind = Kind.Correction;
        bytes32 present = 0;
        if (kind == Kind.Planning) present = state.planningHead;
        else if (kind == Kind.Tender) present = state.tenderHead;
        else if (kind == Kind.Award) present = award.head;
        else if (_signsTerms(kind)) present = agreement.terms;
        else if (kind == Kind.Certificate || (m.kind == Kind.Withdrawal && kind == Kind.Implementation)) {
            present = _executionOf(agreement.terms, agreement.execution);
        }
        return present == m.basis || _refuse(o, Code.StaleBasis, uint256(present), uint256(m.basis));
    }

    function _signsTerms(uint256 kind) private pure returns (bool) {
        return SIGNS_TERMS >> kind & 1 == 1;
    }

    /// Kept only where something was done since the terms were set: most contracts begin with one new word less.
    function _executionOf(bytes32 terms, bytes32 execution) private pure returns (bytes32) {
        return execution == 0 ? terms : execution;
    }

    function _bringsPreimage(Image memory m) private pure returns (bool) {
        return m.kind == Kind.Opening || BRINGS_OLD >> m.kind & 1 == 1 || (m.kind == Kind.Note && m.refersTo != 0);
    }

    /// The entry that this one names, or the balances that an opening brings.
    function _preimage(Image memory m, Outcome memory o, Item memory item) private view returns (bool) {
        uint256 p = item.preimage;
        if (m.kind == Kind.Opening) {
            if (m.contractId == 0) return item.preimageLength == 0 || _refuse(o, Code.WrongPreimage, 0, 0);
            if (item.preimageLength != (Memory.TERMS_WORDS - 1) * 32) return _refuse(o, Code.WrongPreimage, 0, 0);
            bytes32 balances = Memory.hash(p, item.preimageLength);
            if (balances != m.documentKey || Memory.load(p) != 0) {
                return _refuse(o, Code.WrongPreimage, uint256(m.documentKey), uint256(balances));
            }
            m.copy(Memory.OLD_TERMS_AT + 1, p, Memory.TERMS_WORDS - 1);
            return true;
        }
        if (item.preimageLength != Memory.LEAF_WORDS * 32) return _refuse(o, Code.WrongPreimage, 0, 0);
        bytes32 leaf = Memory.digest(p, item.preimageLength);
        if (leaf != m.refersTo) return _refuse(o, Code.WrongPreimage, uint256(m.refersTo), uint256(leaf));
        // words 2 and 3 are commandId and maker: only an accepted entry's leaf stands under its command
        // and word 41 its wave: what was taken back with another one is not there to be named
        if (_commands[Memory.pair(_word(p + 96), _word(p + 64))] != leaf || Memory.load(p + 41 * 32) != m.wave) {
            return _refuse(o, Code.UnknownReference, uint256(leaf), 0);
        }
        bytes32 contractId = m.contractId == 0 ? EMPTY_TEXT : m.contractId;
        bytes32 awardId = m.awardId == 0 ? EMPTY_TEXT : m.awardId;
        uint256 kind = Memory.load(p + 9 * 32);
        if (_word(p + 5 * 32) != m.process || _word(p + 6 * 32) != contractId || _word(p + 7 * 32) != awardId) {
            return _refuse(o, Code.WrongReference, kind, uint256(_word(p + 6 * 32)));
        }
        // what was corrected or withdrawn is no longer in force; a remark on it is free
        bytes32 later = m.kind == Kind.Note ? bytes32(0) : _corrected[leaf];
        if (later != 0) return _refuse(o, Code.AlreadyCorrected, uint256(later), 0);
        m.oldKind = kind == Kind.Correction ? _correctedKind[leaf] : kind;
        m.oldCapacity = Memory.load(p + 4 * 32);
        m.copy(Memory.OLD_TERMS_AT, p + Memory.TERMS_AT * 32, Memory.TERMS_WORDS);
        return true;
    }

    /// The maker's signature and the approvals, each by a holder of the right office, no two by one person.
    // what Authority remembers of a bundle is no state of the ledger, and it calls nobody back
    // slither-disable-next-line reentrancy-no-eth
    function _sign(Image memory m, Outcome memory o, Item memory item) private returns (bool) {
        bytes32 agency = m.agency;
        bytes32 post = 0;
        bytes32 coverA = 0;
        bytes32 coverB = 0;
        if (m.capacity == Role.Officer) {
            post = m.contractId == 0 || _names(m, Term.OFFICER, m.officer, m.oldOfficer) ? m.officer : item.post;
        } else if (m.capacity == Role.Treasurer) {
            if (m.present & Term.ISSUER != 0) agency = m.issuer;
            else if (item.payer != 0) agency = item.payer;
            (coverA, coverB) = (m.agency, item.payer);
        } else if (m.capacity == Role.Supplier) {
            agency = m.contractId == 0 ? m.awardParty : m.contractParty;
        } else if (m.capacity == Role.Overseer || m.capacity == Role.Registrar) {
            agency = 0; // the council appoints them for the whole register
        }
        (uint256 custody, bytes32 office, bytes32 principal, bool ok) = _signature(
            o, item.signature, item.hash, m.maker, m.capacity, agency, post, item.up, coverA, coverB
        );
        if (!ok) return false;
        if (m.kind == Kind.Correction && m.capacity == Role.Treasurer && m.issuer != m.oldIssuer) {
            // another issuer's document is taken out of force: only by one who covers that issuer too
            (,,, ok) = _signature(
                o, item.signature, item.hash, m.maker, m.capacity, agency, post, item.up, m.oldIssuer, m.oldIssuer
            );
            if (!ok) return false;
        }
        _makerSigned(m, item, custody, office);
        uint256 p = item.approvals;
        uint256 count = _u8(p);
        if (count == 0) return true;
        bool kept = custody == GATEWAY_CUSTODY;
        ++p;
        (item.people, item.peopleCount) = (new bytes32[](2 * count + 2), 0);
        _joins(item, m.maker);
        if (principal != 0) _joins(item, principal);
        for (uint256 i = 0; i < count; ++i) {
            (custody, ok) = _approval(m, o, item, p);
            if (!ok) return false;
            if (custody != GATEWAY_CUSTODY) kept = false;
            p = p + 81 + _u16(p + 79);
        }
        // where a second person signs, one signature must come from a key that the gateway does not keep
        return !kept || _refuse(o, Code.OnlyGatewayKeys, count + 1, 0);
    }

    /// A row is signed with its lot: by the proof of it, and in the lot's name.
    function _admit(Image memory m, Outcome memory o, Item memory item) private returns (bool) {
        bytes32[] calldata proof;
        (uint256 start, uint256 length) = (item.proof, item.proofLength);
        assembly ("memory-safe") {
            proof.offset := start
            proof.length := length
        }
        if (m.seen | m.basis != 0 || m.expires | item.up != 0) return _refuse(o, Code.RowDiffers, uint256(m.maker), m.capacity);
        Proven memory lot = waves.admit(
            Row(
                item.wave,
                item.lotKey,
                item.hash,
                m.agency,
                m.maker,
                m.currencyLetters,
                m.kind == Kind.Opening ? m.value : 0,
                m.oldDocumentTotal,
                item.away
            ),
            proof
        );
        if (lot.code != Code.Accepted) return _refuse(o, lot.code, lot.a, lot.b);
        _makerSigned(m, item, lot.custody, lot.officeLeaf);
        return true;
    }

    /// The first word of `signers`, and what the event tells of him.
    function _makerSigned(Image memory m, Item memory item, uint256 custody, bytes32 office) private pure {
        item.signed = abi.encodePacked(uint8(custody), office);
        m.signers = keccak256(abi.encode(bytes32(0), m.maker, m.capacity, custody, office, uint256(0), m.seen));
    }

    /// Whether the entry changes a post, party or payer. A correction that leaves one as its entry had it does not: it
    /// may have been amended since.
    function _names(Image memory m, uint256 term, bytes32 id, bytes32 oldId) private pure returns (bool) {
        return m.present & term != 0 && (m.kind != Kind.Correction || id != oldId);
    }

    function _approval(Image memory m, Outcome memory o, Item memory item, uint256 p)
        private
        returns (uint256 custody, bool ok)
    {
        bytes32 holder = _word(p);
        uint256 capacity = _u8(p + 32);
        uint256 up = _u8(p + 33);
        uint256 exceptions = _u32(p + 34);
        bytes32 seen = _word(p + 38);
        uint256 expires = _u64(p + 70);
        if (expires < m.time) return (0, _refuse(o, Code.Expired, expires, m.time));
        if (expires > m.time + MONTH) return (0, _refuse(o, Code.ExpiresTooFar, expires, m.time + MONTH));
        if (!_seen(o, seen)) return (0, false);
        if (!_joins(item, holder)) return (0, _refuse(o, Code.SamePerson, uint256(holder), 0));
        if (capacity != Role.Approver && capacity != Role.Supplier) {
            return (0, _refuse(o, Code.WrongCapacity, capacity, m.kind));
        }
        bytes32 hash = keccak256(abi.encode(APPROVAL_TYPE, item.hash, holder, capacity, exceptions, seen, expires));
        if (_cancelled[Memory.pair(hash, holder)] != 0) {
            return (0, _refuse(o, Code.CancelledBefore, uint256(hash), 0));
        }
        bytes32 agency = m.agency;
        if (capacity == Role.Supplier) agency = m.present & Term.PARTY != 0 ? m.party : m.contractParty;
        bytes32 office;
        bytes32 principal;
        (custody, office, principal, ok) = _signature(o, p + 78, hash, holder, capacity, agency, 0, up, 0, 0);
        if (!ok) return (custody, false);
        if (principal != 0 && !_joins(item, principal)) {
            return (0, _refuse(o, Code.SamePerson, uint256(principal), 0));
        }
        m.approvals |= 1 << capacity;
        if (capacity == Role.Approver) {
            if (up > 0) m.approvals |= Role.PARENT_APPROVER_BIT;
            m.signedExceptions |= exceptions;
        } else {
            exceptions = 0; // only an approver's exceptions count, and only what counts is recorded
        }
        item.signed = abi.encodePacked(item.signed, uint8(custody), office);
        m.signers = keccak256(abi.encode(m.signers, holder, capacity, custody, office, exceptions, seen));
    }

    /// Adds one who signed, or for whom it was signed; false if he is among them: nobody approves what is his own, nor
    /// through a delegate.
    function _joins(Item memory item, bytes32 person) private pure returns (bool) {
        uint256 count = item.peopleCount;
        for (uint256 i = 0; i < count; ++i) {
            if (item.people[i] == person) return false;
        }
        item.people[count] = person;
        item.peopleCount = count + 1;
        return true;
    }

    function _signature(
        Outcome memory o,
        uint256 p,
        bytes32 hash,
        bytes32 holder,
        uint256 role,
        bytes32 agency,
        bytes32 post,
        uint256 up,
        bytes32 coverA,
        bytes32 coverB
    ) private returns (uint256 custody, bytes32 office, bytes32 principal, bool ok) {
        if (_u8(p) != 1) return _proven(o, p, hash, Claim(holder, role, agency, post, up, coverA, coverB));
        if (_u16(p + 1) != 65) return (0, 0, 0, _refuse(o, Code.SignatureType, 1, _u16(p + 1)));
        uint256 code;
        (code, office, custody, principal) = authority.authorize(
            _digest(hash), holder, role, agency, post, up, coverA, coverB, _word(p + 3), _word(p + 35), _u8(p + 67)
        );
        ok = code == Code.Accepted || _refuse(o, code, uint256(holder), uint256(agency));
    }

    /// A signature of a passkey, or one of a bundle that its signer has not taken back.
    function _proven(Outcome memory o, uint256 p, bytes32 hash, Claim memory claim)
        private
        returns (uint256 custody, bytes32 office, bytes32 principal, bool ok)
    {
        Proven memory proven = authority.prove(hash, claim, _u8(p), _slice(p + 3, _u16(p + 1)));
        if (proven.code == Code.Accepted && _cancelled[Memory.pair(proven.bundle, claim.holder)] != 0) {
            (proven.code, proven.a) = (Code.CancelledBefore, uint256(proven.bundle));
        }
        ok = proven.code == Code.Accepted || _refuse(o, proven.code, proven.a, proven.b);
        return (proven.custody, proven.officeLeaf, proven.principal, ok);
    }

    // ---- state and facts into the image ----

    function _loadContract(Image memory m, Item memory item, Agreement storage agreement) private view {
        item.post = agreement.post;
        item.payer = agreement.payer;
        m.contractParty = agreement.party;
        m.status = agreement.status;
        if (m.status == Status.Unknown) return;
        m.previousStatus = agreement.previous;
        m.form = agreement.form;
        m.scopeReduced = agreement.scopeReduced;
        m.supplierSigned = agreement.supplierSigned;
        m.contractCurrency = agreement.currency;
        m.contractOn = agreement.on;
        m.balanceOn = agreement.balanceOn;
        m.held = agreement.heldUntil > m.time ? agreement.heldUntil : 0;
        m.firstValue = agreement.firstValue;
        m.presentValue = agreement.value;
        m.presentScope = agreement.scopeValue;
        m.accepted = agreement.accepted;
        m.certified = agreement.certified;
        m.paid = agreement.paid;
        m.advanced = agreement.advance;
        m.recoveredTotal = agreement.recovered;
        m.withheldTotal = agreement.withheld;
        m.releasedTotal = agreement.released;
    }

    function _loadAward(Image memory m, Award storage award) private view {
        m.awardStatus = award.status;
        m.awardCurrency = award.currency;
        m.awardValue = award.value;
        m.awardAgreed = award.agreed;
        m.awardContracts = award.contracts;
        m.awardParty = award.party;
    }

    function _facts(Image memory m, Item memory item, uint256 kind) private view {
        // a withdrawal brings no amount that a rule set could judge
        if (m.kind == Kind.Withdrawal) return;
        if (
            kind == Kind.Award || kind == Kind.Contract || kind == Kind.Amendment || kind == Kind.Certificate
                || kind == Kind.Transition || (m.kind == Kind.Correction && kind == Kind.Opening)
        ) {
            uint256 currency = m.contractCurrency == 0 ? m.currencyLetters : m.contractCurrency;
            uint256 on = m.contractOn == 0 ? m.on : m.contractOn;
            (m.capBps, m.awardForms, m.threshold, m.second, m.certificatesBound) =
                policy.rulesFor(kind, currency, on == 0 ? m.time : on, m.time);
        }
        if (m.present & Term.PARTY != 0 && authority.isEntity(m.party)) m.partyKnown = 1;
        if (kind == Kind.Payment || kind == Kind.Return) {
            Document storage document = _documents[_documentKey(m, kind, m.issuer, m.documentKey)];
            m.documentKnownTotal = document.total;
            m.documentUsed = document.used;
            if (m.kind == Kind.Payment) return;
            item.anchor = _anchorOf(m.refersTo);
            Share storage share = _shares[item.anchor];
            m.returned = share.returned;
            m.paymentAmount = m.kind == Kind.Return ? m.oldAmount : share.amount;
            if (m.kind == Kind.Correction) {
                m.oldDocumentUsed = _documents[_documentKey(m, kind, m.oldIssuer, m.oldDocumentKey)].used;
            }
        } else if (kind == Kind.Certificate) {
            if (_numbers[Memory.pair(item.stateKey, m.documentKey)]) m.numberUsed = 1;
            if (m.kind == Kind.Certificate && m.refersTo != 0) _loadGuarantee(m, item, m.refersTo);
        } else if (kind == Kind.Guarantee) {
            if (_numbers[_guaranteeNumber(item, m.documentKey)]) m.numberUsed = 1;
            if (m.kind == Kind.Correction) item.anchor = _anchorOf(m.refersTo);
            else item.anchor = m.refersTo;
            _loadGuarantee(m, item, item.anchor);
        } else if (kind == Kind.Hold) {
            m.holds = _holds[item.stateKey];
        }
    }

    function _loadGuarantee(Image memory m, Item memory item, bytes32 posting) private view {
        Posting storage guarantee = _guarantees[posting];
        if (guarantee.contractKey != item.stateKey) return;
        m.guaranteeType = guarantee.sort;
        m.guaranteeAmount = guarantee.amount;
        m.guaranteeUntil = guarantee.until;
    }

    function _anchorOf(bytes32 leaf) private view returns (bytes32) {
        bytes32 anchor = _anchors[leaf];
        return anchor == 0 ? leaf : anchor;
    }

    /// Guarantees and certificates have numbers of their own, and so have returns and payments; a void names the payment's.
    function _guaranteeNumber(Item memory item, bytes32 number) private pure returns (bytes32) {
        return Memory.pair(Memory.pair(item.stateKey, number), bytes32(Kind.Guarantee));
    }

    function _documentKey(Image memory m, uint256 kind, bytes32 issuer, bytes32 number) private pure returns (bytes32) {
        bytes32 key = Memory.pair(issuer, number);
        return kind == Kind.Return && m.code != Act.Voided ? Memory.pair(key, bytes32(Kind.Return)) : key;
    }

    // ---- writing ----

    function _write(
        Image memory m,
        Outcome memory o,
        Item memory item,
        Process storage process,
        Award storage award,
        Agreement storage agreement,
        uint256 kind
    ) private {
        Counter storage counter = _agencies[m.agency];
        m.registerSequence = _size + 1;
        m.agencySequence = counter.count + 1;
        m.previousAgency = counter.head;
        m.exceptions = o.exceptions;
        bytes32 contractId = m.contractId;
        bytes32 awardId = m.awardId;
        if (contractId == 0) m.contractId = EMPTY_TEXT;
        if (awardId == 0) m.awardId = EMPTY_TEXT;
        bytes32 leaf = m.leaf();

        _commands[Memory.pair(m.maker, m.commandId)] = leaf;
        if (m.processSequence == 1) process.agency = m.agency;
        process.head = leaf;
        process.count = uint64(m.processSequence);
        process.second = uint64(m.time);
        process.inSecond = uint16(m.timeMs - m.time * 1000 + 1);
        if (item.wave != 0) process.wave = uint32(item.wave);
        Process storage state = _processes[item.incarnation];
        state.planning = uint8(o.planningStatus);
        state.tender = uint8(o.tenderStatus);
        state.agreements = uint32(o.agreements);
        if (m.kind == Kind.Opening && contractId == 0) state.opened = true;
        counter.head = leaf;
        counter.count = uint64(m.agencySequence);

        if (kind == Kind.Planning) {
            state.planningHead = leaf;
        } else if (kind == Kind.Tender) {
            state.tenderHead = leaf;
        } else if (kind == Kind.Award) {
            _writeAward(m, o, award, leaf);
        } else if (contractId != 0) {
            _writeContract(m, o, item, agreement, leaf, kind);
            if (o.awardAgreed != m.awardAgreed || o.awardContracts != m.awardContracts) {
                (award.agreed, award.contracts) = (uint128(o.awardAgreed), uint32(o.awardContracts));
            }
        }
        if (m.kind == Kind.Correction || m.kind == Kind.Withdrawal) _corrected[m.refersTo] = leaf;
        if (m.kind == Kind.Correction) _correctedKind[leaf] = kind;
        _append(leaf);
        emit EntryRecorded(leaf, m.process, m.agency, m.assigned(), o.excess, item.signed, _slice(item.start, item.end - item.start));
        o.code = Code.Accepted;
    }

    function _writeAward(Image memory m, Outcome memory o, Award storage award, bytes32 leaf) private {
        award.head = leaf;
        award.status = uint8(o.awardStatus);
        award.value = uint128(o.awardValue);
        if (m.present & Term.CURRENCY != 0) award.currency = uint24(m.currencyLetters);
        // a withdrawn award leaves no supplier behind
        if (_names(m, Term.PARTY, m.party, m.oldParty) || o.awardStatus == Status.Unknown) award.party = m.party;
    }

    function _writeContract(
        Image memory m,
        Outcome memory o,
        Item memory item,
        Agreement storage agreement,
        bytes32 leaf,
        uint256 kind
    ) private {
        bool terms = _signsTerms(m.kind) || m.kind == Kind.Opening;
        if (terms) {
            (agreement.terms, agreement.execution) = (leaf, 0);
        } else if (kind == Kind.Implementation || kind == Kind.Certificate || kind == Kind.Hold) {
            agreement.execution = leaf;
        }
        if (kind == Kind.Payment || kind == Kind.Return) return _writePayment(m, o, item, agreement, leaf, kind);
        if (kind == Kind.Guarantee) return _writeGuarantee(m, o, item, leaf);
        if (kind == Kind.Note) return;
        if (kind == Kind.Hold) {
            _holds[item.stateKey] = o.holds;
            agreement.heldUntil = _latest(o.holds);
            return;
        }
        if (_names(m, Term.OFFICER, m.officer, m.oldOfficer)) agreement.post = m.officer;
        // a contract without party is swakelola: a correction to that takes the supplier away
        if (kind == Kind.Contract || _names(m, Term.PARTY, m.party, m.oldParty)) agreement.party = m.party;
        if (_names(m, Term.PAYER, m.payer, m.oldPayer)) agreement.payer = m.payer;
        if (kind == Kind.Contract || kind == Kind.Opening) {
            if (m.present & Term.CODE != 0) agreement.form = uint8(m.code);
            agreement.currency = uint24(m.currencyLetters);
            agreement.on = uint64(m.on);
            if (m.kind == Kind.Opening) agreement.balanceOn = uint64(m.oldOn);
            if (m.kind != Kind.Correction && m.awardId != EMPTY_TEXT) {
                agreement.awardKey = Memory.pair(item.incarnation, m.awardId);
            }
        }
        agreement.status = uint8(o.status);
        agreement.previous = uint8(o.previousStatus);
        agreement.scopeReduced = uint8(o.scopeReduced);
        agreement.supplierSigned = uint8(o.supplierSigned);
        if (kind == Kind.Transition || kind == Kind.Countersignature) return;
        if (kind == Kind.Certificate || kind == Kind.Opening) {
            if (kind == Kind.Certificate) {
                // a number that was recorded wrongly is free for the certificate that has it
                if (m.kind == Kind.Correction) _numbers[Memory.pair(item.stateKey, m.oldDocumentKey)] = false;
                _numbers[Memory.pair(item.stateKey, m.documentKey)] = true;
            }
            agreement.certified = uint128(o.certified);
            agreement.paid = uint128(o.paid);
            agreement.advance = uint128(o.advanced);
            agreement.recovered = uint128(o.recoveredTotal);
            agreement.withheld = uint128(o.withheldTotal);
            agreement.released = uint128(o.releasedTotal);
            if (kind == Kind.Certificate) return;
        }
        agreement.scopeValue = uint128(o.presentScope);
        agreement.accepted = uint128(o.accepted);
        if (kind == Kind.Implementation) return;
        agreement.firstValue = uint128(o.firstValue);
        agreement.value = uint128(o.presentValue);
    }

    function _writePayment(
        Image memory m,
        Outcome memory o,
        Item memory item,
        Agreement storage agreement,
        bytes32 leaf,
        uint256 kind
    ) private {
        agreement.paid = uint128(o.paid);
        bool corrects = m.kind == Kind.Correction;
        if (corrects && (m.issuer != m.oldIssuer || m.documentKey != m.oldDocumentKey)) {
            bytes32 former = _documentKey(m, kind, m.oldIssuer, m.oldDocumentKey);
            _writeDocument(former, o.oldDocumentUsed == 0 ? 0 : _documents[former].total, o.oldDocumentUsed);
        }
        uint256 total = m.documentTotal;
        if (kind == Kind.Return) {
            // a void repeats its payment's total, which a correction of another share may have changed since
            if (m.code == Act.Voided && m.documentKnownTotal != 0) total = m.documentKnownTotal;
            if (o.documentUsed == 0) total = 0;
        }
        _writeDocument(_documentKey(m, kind, m.issuer, m.documentKey), total, o.documentUsed);
        if (m.kind == Kind.Payment) return;
        _anchors[leaf] = item.anchor;
        Share storage share = _shares[item.anchor];
        if (kind == Kind.Return) {
            (share.amount, share.returned) = (uint128(m.paymentAmount), uint128(o.returned));
        } else if (m.returned != 0) {
            share.amount = uint128(m.amount);
        }
    }

    /// Where the last share is taken away nothing is known of a document: its total may have been as wrong as its name.
    function _writeDocument(bytes32 key, uint256 total, uint256 used) private {
        _documents[key] = Document(uint128(total), uint128(used));
    }

    function _writeGuarantee(Image memory m, Outcome memory o, Item memory item, bytes32 leaf) private {
        if (item.anchor == 0) item.anchor = leaf;
        else _anchors[leaf] = item.anchor;
        if (m.code % 10 == Surety.Posted) {
            if (m.kind == Kind.Correction) _numbers[_guaranteeNumber(item, m.oldDocumentKey)] = false;
            _numbers[_guaranteeNumber(item, m.documentKey)] = true;
        }
        Posting storage guarantee = _guarantees[item.anchor];
        guarantee.contractKey = item.stateKey;
        guarantee.amount = uint128(o.guaranteeAmount);
        guarantee.until = uint64(o.guaranteeUntil);
        guarantee.sort = uint8(m.code / 10);
    }

    /// The latest of the four ends: payments are held as long as one of them lies ahead.
    function _latest(uint256 lanes) private pure returns (uint64 latest) {
        for (; lanes != 0; lanes >>= 64) if (uint64(lanes) > latest) latest = uint64(lanes);
    }

    // ---- cancels ----

    /// A holder takes back his own signature: the entry or approval with that hash never counts.
    // slither-disable-next-line reentrancy-no-eth (as in submit)
    function _cancel(Outcome memory o, Item memory item) private {
        uint256 p = item.start + 1;
        bytes32 target = _word(p);
        bytes32 holder = _word(p + 32);
        uint256 expires = _u64(p + 64);
        uint256 signature = p + 72;
        if (item.end != signature + 3 + _u16(signature + 1)) {
            _refuse(o, Code.Malformed, item.end - item.start, 0);
            return;
        }
        bytes32 hash = keccak256(abi.encode(CANCEL_TYPE, target, holder, expires));
        item.hash = hash;
        if (expires < block.timestamp) {
            _refuse(o, Code.Expired, expires, block.timestamp);
            return;
        }
        if (expires > block.timestamp + MONTH) {
            _refuse(o, Code.ExpiresTooFar, expires, block.timestamp + MONTH);
            return;
        }
        bytes32 key = Memory.pair(target, holder);
        if (_cancelled[key] != 0) {
            _refuse(o, Code.DuplicateCommand, uint256(_cancelled[key]), 0);
            return;
        }
        (uint256 custody,,, bool ok) = _proven(o, signature, hash, Claim(holder, 0, 0, 0, 0, 0, 0));
        if (!ok) return;
        uint256 sequence = _size + 1;
        uint256 timeMs = block.timestamp * 1000;
        bytes32 leaf =
            sha256(abi.encode(CANCEL_HEADER, target, holder, expires, sequence, timeMs, bytes32(0), custody));
        _cancelled[key] = leaf;
        _append(leaf);
        emit Cancelled(leaf, target, holder, sequence, timeMs, expires, custody);
        o.code = Code.Accepted;
    }

    // ---- the log ----

    /// @inheritdoc ILog
    function append(uint256 leafType, bytes32[14] calldata words, bytes32 signers)
        external
        returns (bytes32 leaf, uint256 registerSequence, uint256 timeMs)
    {
        if (msg.sender != address(authority) && msg.sender != address(policy) && msg.sender != address(waves)) {
            revert LedgerNotRegister(msg.sender);
        }
        registerSequence = _size + 1;
        timeMs = block.timestamp * 1000;
        leaf = sha256(abi.encode((VERSION << 240) | ((leafType & 0xff) << 232), words, registerSequence, timeMs, signers));
        _append(leaf);
    }

    /// RFC 6962: the frontier holds the roots of the perfect subtrees, by height.
    function _append(bytes32 leaf) private {
        uint256 n = _size;
        _size = uint64(n + 1);
        uint256 height = 0;
        for (; n & 1 == 1; n >>= 1) {
            leaf = Memory.node(_frontier[height], leaf);
            ++height;
        }
        _frontier[height] = leaf;
    }

    /// @inheritdoc ILedger
    function log() public view returns (uint64 size, bytes32 root) {
        size = _size;
        if (size == 0) return (0, EMPTY_BODY);
        uint256 n = size;
        uint256 height = 0;
        for (; n & 1 == 0; n >>= 1) ++height;
        root = _frontier[height];
        for (n >>= 1; n != 0; n >>= 1) {
            ++height;
            if (n & 1 == 1) root = Memory.node(_frontier[height], root);
        }
    }

    /// @inheritdoc ILedger
    function checkpoint() external {
        (uint64 size, bytes32 root) = log();
        uint64 day = uint64(block.timestamp / 1 days);
        if (day != _seenDay) {
            (_seenDay, _newestSeen) = (day, root);
            _seenAt[root] = uint64(block.timestamp);
        }
        emit Checkpoint(size, root);
    }

    /// @inheritdoc ILedger
    function checkpointAgency(bytes32 agency) external {
        Counter storage counter = _agencies[agency];
        emit AgencyCheckpoint(agency, counter.count, counter.head, _size);
    }

    // ---- views ----

    /// @inheritdoc ILog
    function seenAt(bytes32 root) external view returns (uint64 storedAt) {
        return _seenAt[root];
    }

    /// @inheritdoc ILog
    function newestSeen() external view returns (bytes32 root, uint64 storedAt) {
        return (_newestSeen, _seenAt[_newestSeen]);
    }

    /// @inheritdoc ILog
    function cancelled(bytes32 target, bytes32 holder) external view returns (bytes32) {
        return _cancelled[Memory.pair(target, holder)];
    }

    /// @inheritdoc ILedger
    function leafOf(bytes32 maker, bytes32 commandId) external view returns (bytes32) {
        return _commands[Memory.pair(maker, commandId)];
    }

    /// @inheritdoc ILedger
    function processOf(bytes32 process) external view returns (Process memory) {
        return _processes[process];
    }

    /// @inheritdoc ILedger
    function awardOf(bytes32 process, bytes32 awardId) external view returns (Award memory) {
        return _awards[Memory.pair(process, awardId)];
    }

    /// @inheritdoc ILedger
    function contractOf(bytes32 process, bytes32 contractId) external view returns (Agreement memory agreement) {
        agreement = _contracts[Memory.pair(process, contractId)];
        agreement.execution = _executionOf(agreement.terms, agreement.execution);
    }

    /// @inheritdoc ILedger
    function guaranteeOf(bytes32 posting) external view returns (uint256 guaranteeType, uint128 amount, uint64 until) {
        Posting storage guarantee = _guarantees[posting];
        return (guarantee.sort, guarantee.amount, guarantee.until);
    }

    /// @inheritdoc ILedger
    function documentOf(bytes32 issuer, bytes32 documentKey) external view returns (uint128 total, uint128 used) {
        Document storage document = _documents[Memory.pair(issuer, documentKey)];
        return (document.total, document.used);
    }

    // ---- reading calldata ----

    function _word(uint256 p) private pure returns (bytes32) {
        return bytes32(Memory.load(p));
    }

    function _u8(uint256 p) private pure returns (uint256) {
        return Memory.load(p) >> 248;
    }

    function _u16(uint256 p) private pure returns (uint256) {
        return Memory.load(p) >> 240;
    }

    function _u32(uint256 p) private pure returns (uint256) {
        return Memory.load(p) >> 224;
    }

    function _u64(uint256 p) private pure returns (uint256) {
        return Memory.load(p) >> 192;
    }

    function _u128(uint256 p) private pure returns (uint256) {
        return Memory.load(p) >> 128;
    }

    // slither-disable-next-line write-after-write (offset and length of one slice are two words)
    function _slice(uint256 start, uint256 length) private pure returns (bytes calldata slice) {
        assembly ("memory-safe") {
            slice.offset := start
            slice.length := length
        }
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domainSeparator, structHash));
    }

    function _refuse(Outcome memory o, uint256 code, uint256 a, uint256 b) private pure returns (bool) {
        (o.code, o.a, o.b) = (code, a, b);
        return false;
    }
}
