/**
 * The code lists of OCDS 1.1.5 and of the extensions we know. A value outside a closed list is an error; an open list
 * may be extended by anyone. Source: standard.open-contracting.org, 1.1, "Codelists".
 */
export interface Codelist {
  readonly closed: boolean;
  readonly codes: ReadonlySet<string>;
}

const closed = (codes: string): Codelist => ({ closed: true, codes: new Set(codes.trim().split(/\s+/)) });
const open = (codes: string): Codelist => ({ closed: false, codes: new Set(codes.trim().split(/\s+/)) });

/** By the name of the official file without its ending. */
export const codelists = {
  awardCriteria: open(`
    priceOnly costOnly qualityOnly ratedCriteria lowestCost bestProposal bestValueToGovernment singleBidOnly
  `),
  awardStatus: closed("pending active cancelled unsuccessful"),
  contractStatus: closed("pending active cancelled terminated"),
  currency: closed(`
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
    CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW
    KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLL
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VES VND
    VUV WST XAF XAG XAU XBA XBB XBC XBD XCD XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWL ADP AFA ALK
    AOK AON AOR ARA ARP ARY ATS AYM AZM BAD BEC BEF BEL BGJ BGK BGL BOP BRB BRC BRE BRN BRR BUK BYB BYR CHC
    CSD CSJ CSK CYP DDM DEM ECS ECV EEK ESA ESB ESP FIM FRF GEK GHC GHP GNE GNS GQE GRD GWE GWP HRD IEP ILP
    ILR ISJ ITL LAJ LSM LTL LTT LUC LUF LUL LVL LVR MGF MLF MRO MTL MTP MVQ MXP MZE MZM NIC NLG PEH PEI PES
    PLZ PTE RHD ROK ROL RUR SDD SDP SIT SKK SRG STD SUR TJR TMM TPE TRL UAK UGS UGW USS UYN UYP VEB VEF VNC
    XEU XFO XFU XRE YDD YUD YUM YUN ZAL ZMK ZRN ZRZ ZWC ZWD ZWN ZWR
  `),
  documentType: open(`
    plannedProcurementNotice tenderNotice awardNotice contractNotice completionCertificate procurementPlan
    biddingDocuments technicalSpecifications evaluationCriteria evaluationReports contractDraft contractSigned
    contractArrangements contractSchedule physicalProgressReport financialProgressReport finalAudit
    hearingNotice marketStudies eligibilityCriteria clarifications shortlistedFirms environmentalImpact
    assetAndLiabilityAssessment riskProvisions winningBid complaints contractAnnexe contractGuarantees
    subContract needsAssessment feasibilityStudy projectPlan billOfQuantity bidders conflictOfInterest
    debarments illustration submissionDocuments contractSummary cancellationDetails
  `),
  extendedProcurementCategory: open("goods works services consultingServices"),
  initiationType: closed("tender"),
  itemClassificationScheme: open("CPV CPVS GSIN UNSPSC CPC OKDP OKPD CUCOP NAICS PSC HS"),
  method: closed("open selective limited direct"),
  milestoneStatus: closed("scheduled met notMet partiallyMet"),
  milestoneType: open("preProcurement approval engagement assessment delivery reporting financing payment"),
  partyRole: open(`
    buyer procuringEntity supplier tenderer funder enquirer payer payee reviewBody interestedParty
  `),
  procurementCategory: closed("goods works services"),
  relatedProcess: open(`
    framework planning parent prior unsuccessfulProcess subContract replacementProcess renewalProcess
  `),
  relatedProcessScheme: open("ocid"),
  releaseTag: closed(`
    planning planningUpdate tender tenderAmendment tenderUpdate tenderCancellation award awardUpdate
    awardCancellation contract contractUpdate contractAmendment implementation implementationUpdate
    contractTermination compiled
  `),
  submissionMethod: open("electronicSubmission electronicAuction written inPerson"),
  tenderStatus: closed("planning planned active cancelled unsuccessful complete withdrawn"),
  unitClassificationScheme: open("UNCEFACT QUDT"),
  // of extensions
  country: closed(`
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK
    YE YT ZA ZM ZW
  `),
  bidStatus: closed("invited pending valid disqualified withdrawn"),
  statistic: open(`
    requests bids validBids disqualifiedBids lowestValidBidValue highestValidBidValue bidders qualifiedBidders
    disqualifiedBidders electronicBids microBids smeBids smallBids mediumBids foreignBids foreignBidsFromEU
    foreignBidsFromNonEU tendersAbnormallyLow
  `),
  submissionType: closed("expressionOfInterest bid"),
  guaranteeType: open("bail depositSlip letterOfCredit suretyBond check"),
  guaranteedObligations: open("fulfillment prepaid latentDefects confidentiality quality"),
} as const satisfies Record<string, Codelist>;

export type CodelistName = keyof typeof codelists;

/** Codes that an extension adds to a list of the standard. */
export const addedCodes: Readonly<Record<string, Readonly<Partial<Record<CodelistName, readonly string[]>>>>> = {
  budget: { partyRole: ["sourceParty"] },
  guarantees: { partyRole: ["guarantor"] },
  withheldInformation: { itemClassificationScheme: ["eu-non-publication-justification"] },
};
