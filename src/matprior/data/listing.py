"""The public sets: what they are, under which terms, and where their files lie.

One line per set: name | title | files in a local folder | targets | rows | terms | source.
Files are paths below the folder; several files become one table with a column `split`. Targets
carry their units in their names. A set with a download address also stands in `downloads.py`.
"""

# ruff: noqa: E501 - one set per line reads better than wrapped

from __future__ import annotations

TERMS = {
    "mp": "CC BY 4.0 (Materials Project)",
    "matbench": "CC BY 4.0 (Matbench; underlying data Materials Project or JARVIS)",
    "oqmd": "CC BY 4.0 (OQMD)",
    "aflow": "AFLOW: free to use, cite the source",
    "ccby": "CC BY 4.0",
    "cc0": "CC0 1.0",
    "mit": "MIT (distribution); underlying values: cite the source",
    "apache": "Apache-2.0",
    "bysa": "CC BY-SA 3.0",
    "ncsa": "CC BY-NC-SA 4.0: not for commercial use",
    "usgov": "US government work",
    "sgte": "MIT (distribution); origin SGTE SSUB, Springer 1999: check before redistributing",
}
"""Short word used below -> the licence as shown to users."""

DUNN = "Dunn et al. 2020, npj Comput. Mater. 6:138 (Matbench v0.1)"
ZHUO = "Zhuo et al. 2018, J. Phys. Chem. Lett. 9:1668; Matbench v0.1"
WANG = "Wang et al. 2021, npj Comput. Mater. 7:77 (CrabNet splits)"
ROOST = "Goodall & Lee 2020, Nat. Commun. 11:6280 (Roost)"
ZOU = "Zou et al. 2025, Nat. Commun. 16:203 (ECSG)"
FABER = "Faber et al. 2016, Phys. Rev. Lett. 117:135502"
QMPY = "Kirklin et al. 2015, npj Comput. Mater. 1:15010 (qmpy)"
NET = "Wu et al. 2018, Chem. Sci. 9:513 (MoleculeNet)"
POLY = "Kuenneth et al. 2021, Patterns 2:100238"
FSMOL = "Stanley et al. 2021, NeurIPS (FS-Mol)"

COMPOSITIONS = f"""
expt_gap | Measured band gaps | matbench/expt_gap.csv | band_gap_eV | 4604 | ccby | {ZHUO}
expt_is_metal | Metal or not, measured | matbench/expt_is_metal.csv | is_metal | 4921 | ccby | {ZHUO}
glass | Metallic glass formers | matbench/glass.csv | is_glass_former | 5680 | ccby | Kawazoe et al. 1997; {DUNN}
steels_yield | Yield strength of steels | matbench/steels_yield.csv | yield_strength_MPa | 312 | ccby | Citrine; {DUNN}
castelli | Perovskite formation energies | matbench/castelli.csv | e_form_eV_per_cell | 18928 | matbench | {DUNN}
dielectric | Computed refractive indices | matbench/dielectric.csv | refractive_index | 4764 | matbench | {DUNN}
log_gvrh | Computed shear moduli | matbench/log_gvrh.csv | log10_G_VRH_GPa | 10987 | matbench | {DUNN}
log_kvrh | Computed bulk moduli | matbench/log_kvrh.csv | log10_K_VRH_GPa | 10987 | matbench | {DUNN}
mp_e_form | Computed formation energies | matbench/mp_e_form.csv.gz | e_form_eV_per_atom | 132752 | matbench | {DUNN}
mp_gap | Computed band gaps | matbench/mp_gap.csv.gz | band_gap_eV | 106113 | matbench | {DUNN}
mp_is_metal | Metal or not, computed | matbench/mp_is_metal.csv.gz | is_metal | 106113 | matbench | {DUNN}
3dsc_icsd_tc | Superconductors in 3DSC | labelled/3dsc_icsd_tc.csv | Tc_K | 9687 | ccby | Sommer et al. 2023, Sci. Data 10:816
supercon_stanev_16k | SuperCon critical temperatures; 0 means not reported | labelled/supercon_stanev_16k.csv | Tc_K | 16406 | ccby | Stanev et al. 2018, npj Comput. Mater. 4:29
bartel_abx3_576 | Perovskites made or not | labelled/bartel_abx3_576.csv | is_perovskite | 576 | ccby | Bartel et al. 2019, Sci. Adv. 5:eaav0693
bartel_a2bbx6 | Double perovskites | labelled/bartel_a2bbx6.csv | icsd_label tau_prob | 918 | ccby | Bartel et al. 2019, Sci. Adv. 5:eaav0693
ecsg_jarvis_stability | On the hull in JARVIS | labelled/ecsg_jarvis_stability.csv | is_stable | 54592 | mit | {ZOU}
ecsg_mp_stability | On the hull in Materials Project | labelled/ecsg_mp_stability.csv.gz | is_stable | 85014 | mp | {ZOU}
ecsg_perovskite_halides | Stable double perovskite halides | labelled/ecsg_perovskite_halides.csv | is_stable | 496 | mit | {ZOU}
ecsg_perovskite_oxides | Stable double perovskite oxides | labelled/ecsg_perovskite_oxides.csv | is_stable | 3469 | mit | {ZOU}
elpasolite_10k | Elpasolites, computed | labelled/elpasolite_10k.csv | formation_energy_eV_per_atom | 10590 | mit | {FABER}
elpasolite_IIItoVI_11k | Elpasolites of groups III to VI, computed | labelled/elpasolite_IIItoVI_11k.csv | formation_energy_eV_per_atom | 11358 | mit | {FABER}
mp_band_gap_120k | Computed gaps, all polymorphs | labelled/mp_band_gap_120k.csv.gz | band_gap_eV | 120612 | mp | {ROOST}
mp_boltztrap_transport_48k | Computed transport, 300 K | labelled/mp_boltztrap_transport_48k.csv.gz | seebeck_p_uV_per_K seebeck_n_uV_per_K PF_p_as_given PF_n_as_given m_eff_p m_eff_n | 47737 | ccby | Ricci et al. 2017, Sci. Data 4:170085
mp_formation_energy_84k | Computed, lowest polymorph | labelled/mp_formation_energy_84k.csv.gz | formation_energy_eV_per_atom | 84295 | mp | {ROOST}
mp_poisson_1k | Computed Poisson ratios | labelled/mp_poisson_1k.csv | poisson_ratio | 1113 | mp | {ROOST}
mpea_borg2020 | Multi-principal-element alloys | labelled/mpea_borg2020.csv | vickers_hardness_HV yield_strength_MPa UTS_MPa elongation_pct density_exp_g_cm3 youngs_modulus_exp_GPa | 1545 | ccby | Borg et al. 2020, Sci. Data 7:430
petousis_dielectric_1056 | Computed dielectric constants | labelled/petousis_dielectric_1056.csv | eps_total eps_electronic refractive_index band_gap_eV | 1056 | ccby | Petousis et al. 2017, Sci. Data 4:160134
qmpy_iit_formation_energy | Intermetallics, measured | labelled/qmpy_iit_formation_energy.csv | formation_energy_eV_per_atom | 1001 | mit | {QMPY}; P. Nash, IIT
qmpy_legacy_formation_energy | Old OQMD calculations | labelled/qmpy_legacy_formation_energy.csv | formation_energy_eV_per_atom | 15436 | oqmd | {QMPY}
qmpy_mat_proj_formation_energy | SSUB compounds, computed | labelled/qmpy_mat_proj_formation_energy.csv | formation_energy_eV_per_atom | 1546 | mp | {QMPY}
qmpy_ssub_formation_energy | SSUB compounds, measured | labelled/qmpy_ssub_formation_energy.csv | formation_energy_eV_per_atom | 2090 | sgte | {QMPY}
roost_mp_non_metals | Computed gaps of non-metals | labelled/roost_mp_non_metals.csv.gz | band_gap_eV | 43921 | mp | {ROOST}
wbm_257k_pseudo_label | Energies that are model predictions: never score against them | labelled/wbm_257k_pseudo_label.csv.gz | e_form_PRED_eqV2_eV_per_atom | 256963 | ccby | Wang, Botti & Marques 2021, npj Comput. Mater. 7:12 (WBM)
zhuo2018_expt_gap_raw | Parent of expt_gap and expt_is_metal: never train on it for them | labelled/zhuo2018_expt_gap_raw.csv | band_gap_eV | 6354 | mit | Zhuo et al. 2018, J. Phys. Chem. Lett. 9:1668
core_mof_2019 | Metal-organic frameworks | mof/core_mof_2019.csv.gz | LCD_A PLD_A density_g_cm3 ASA_m2_per_g void_fraction | 19066 | ccby | Chung et al. 2019, J. Chem. Eng. Data 64:5985
qmof_gap_with_formula | MOF band gaps with formulas | mof/qmof_gap_with_formula.csv | band_gap_PBE_eV | 877 | ccby | Rosen et al. 2021, Matter 4:1578 (QMOF)
qmof_mofid_gap | MOF band gaps with linkers | mof/qmof_mofid_gap.csv | band_gap_eV | 7466 | ccby | Cao et al. 2023, JACS 145:2958 (MOFormer)
corpus | Formulas for pretraining, none of them in a test set | corpus.txt.gz | | 462425 | ccby | Materials Project, OQMD, WBM and others
corpus_heldout | The formulas kept out of the corpus, and the sets that hold them | corpus_heldout.tsv.gz | | 92006 | ccby | Materials Project, OQMD, WBM and others
"""

BENCHMARKS = """
CritExam__Ed | Decomposition energies | train.csv.gz val.csv test.csv | decomposition_energy_eV_per_atom | 85014 | mp
CritExam__Ef | Formation energies | train.csv.gz val.csv test.csv | formation_energy_eV_per_atom | 85014 | mp
OQMD_Bandgap | Band gaps, 93 % zero | train.csv.gz val.csv test.csv | band_gap_eV | 341608 | oqmd
OQMD_Energy_per_atom | Total energies; no training part | val.csv.gz test.csv.gz | energy_eV_per_atom | 102510 | oqmd
OQMD_Formation_Enthalpy | Formation enthalpies; no training part | val.csv.gz test.csv.gz | formation_enthalpy_eV_per_atom | 102510 | oqmd
OQMD_Volume_per_atom | Volumes; no training part | val.csv test.csv | volume_A3_per_atom | 102510 | oqmd
aflow__Egap | Band gaps | train.csv val.csv test.csv | band_gap_eV | 27577 | aflow
aflow__ael_bulk_modulus_vrh | Bulk moduli | train.csv val.csv test.csv | bulk_modulus_GPa | 4896 | aflow
aflow__ael_debye_temperature | Debye temperatures | train.csv val.csv test.csv | debye_temperature_K | 4896 | aflow
aflow__ael_shear_modulus_vrh | Shear moduli | train.csv val.csv test.csv | shear_modulus_GPa | 4896 | aflow
aflow__energy_atom | Total energies | train.csv val.csv test.csv | energy_eV_per_atom | 27579 | aflow
mp_bulk_modulus | Bulk moduli | train.csv val.csv test.csv | bulk_modulus_GPa | 6307 | mp
mp_e_hull | Energies above the hull | train.csv val.csv test.csv | e_above_hull_eV_per_atom | 56662 | mp
mp_mu_b | Magnetic moments | train.csv val.csv test.csv | total_magnetization_muB | 56662 | mp
mp_shear_modulus | Shear moduli | train.csv val.csv test.csv | shear_modulus_GPa | 6184 | mp
"""
"""Computed properties with the published CrabNet splits: files are below benchmark/<name>/."""

MOLECULES = f"""
esol | Water solubility | moleculenet/esol.csv | logS_mol_per_L | 1128 | mit | Delaney 2004, J. Chem. Inf. Comput. Sci. 44:1000; {NET}
freesolv | Hydration free energies | moleculenet/freesolv.csv | dGhyd_expt_kcal_per_mol | 642 | ncsa | Mobley & Guthrie 2014, J. Comput. Aided Mol. Des. 28:711; {NET}
bbbp | Blood-brain barrier | moleculenet/bbbp.csv | p_np | 2039 | mit | Martins et al. 2012, J. Chem. Inf. Model. 52:1686; {NET}
clintox | Clinical toxicity | moleculenet/clintox.csv | FDA_APPROVED CT_TOX | 1478 | mit | {NET}
tox21 | Twelve toxicity assays | moleculenet/tox21.csv | NR-AR NR-AR-LBD NR-AhR NR-Aromatase NR-ER NR-ER-LBD NR-PPAR-gamma SR-ARE SR-ATAD5 SR-HSE SR-MMP SR-p53 | 7831 | usgov | {NET}
toxcast | 617 toxicity assays | moleculenet/toxcast.csv.gz | * | 8576 | usgov | {NET}
hiv | HIV replication | moleculenet/hiv.csv.gz | HIV_active | 41127 | usgov | {NET}
cyp450 | Cytochrome inhibition | moleculenet/cyp450.csv.gz | label_1a2 label_2c19 label_2c9 label_2d6 label_3a4 | 16896 | usgov | Li et al. 2018, PubChem AID 1851
lmc_clearance | Liver microsome clearance | moleculenet/lmc_clearance.csv | HLM_clearance_mL_per_min_per_g RLM_clearance_mL_per_min_per_g MLM_clearance_mL_per_min_per_g | 8755 | mit | ChEMBL, via ChemBench
aqsoldb | Water solubility, curated | extra/aqsoldb.csv.gz | logS_mol_per_L | 9982 | cc0 | Sorkun et al. 2019, Sci. Data 6:143
b3db_classification | Blood-brain barrier, curated | extra/b3db_classification.csv | BBB | 7807 | cc0 | Meng et al. 2021, Sci. Data 8:289
b3db_regression | log BB, curated | extra/b3db_regression.csv | logBB | 1058 | cc0 | Meng et al. 2021, Sci. Data 8:289
chembl_5thresh_pIC50 | Activities of many targets | fewshot/chembl_5thresh_pIC50.csv.gz | * | 23871 | bysa | ChEMBL, via DeepChem
hoip_192_bandgap | Hybrid perovskites | mof/hoip_192_bandgap.csv | bandgap_HSE06_eV | 192 | mit | Kim et al. 2017, Sci. Data 4:170057
qmof_mofid_bandgap | MOF band gaps by linker | mof/qmof_mofid_bandgap.csv.gz | bandgap_PBE_eV | 7466 | ccby | Cao et al. 2023, JACS 145:2958 (MOFormer)
polymer_EPS | Dielectric constants of polymers | polymers/EPS.csv | EPS_dielectric_constant | 382 | mit | {POLY}
polymer_Eea | Electron affinities of polymers | polymers/Eea.csv | Eea_electron_affinity_eV | 368 | mit | {POLY}
polymer_Egb | Bulk band gaps of polymers | polymers/Egb.csv | Egb_bulk_bandgap_eV | 561 | mit | {POLY}
polymer_Egc | Chain band gaps of polymers | polymers/Egc.csv | Egc_chain_bandgap_eV | 3380 | mit | {POLY}
polymer_Ei | Ionisation energies of polymers | polymers/Ei.csv | Ei_ionization_energy_eV | 370 | mit | {POLY}
polymer_Nc | Refractive indices of polymers | polymers/Nc.csv | Nc_refractive_index | 382 | mit | {POLY}
polymer_conductivity | Polymer electrolytes | polymers/PE_ionic_conductivity_chemarr.csv.gz | log10_conductivity_S_per_cm | 10114 | mit | Bradford et al. 2023, ACS Cent. Sci. 9:206
qm9 | Computed properties of small molecules | qm/qm9.csv.gz | mu_D alpha_bohr3 homo_Ha lumo_Ha gap_Ha r2_bohr2 zpve_Ha u0_Ha u298_Ha h298_Ha g298_Ha cv_cal_molK | 130831 | cc0 | Ramakrishnan et al. 2014, Sci. Data 1:140022
nonfullerene_acceptors | SMILES for pretraining | pretrain/nonfullerene_acceptors_smiles.csv.gz | | 51281 | apache | Lopez et al. 2017, Joule 1:857
pubchem_subset | Diverse SMILES for pretraining | pretrain/pretrain_smiles_pubchem_subset.csv.gz | | 76407 | mit | PubChem, as in the package chemicals
fsmol_GNN-Multitask | Published few-shot scores | fewshot/fsmol_baseline_GNN-Multitask_summary.csv | | 157 | mit | {FSMOL}
fsmol_GNN-ST | Published few-shot scores | fewshot/fsmol_baseline_GNN-ST_summary.csv | | 157 | mit | {FSMOL}
fsmol_MAML | Published few-shot scores | fewshot/fsmol_baseline_MAML-Support16_summary.csv | | 157 | mit | {FSMOL}
fsmol_MAT | Published few-shot scores | fewshot/fsmol_baseline_MAT_summary.csv | | 157 | mit | {FSMOL}
fsmol_ProtoNet | Published few-shot scores | fewshot/fsmol_baseline_ProtoNet-gnn+ecfp+fc-Support64_summary.csv | | 157 | mit | {FSMOL}
fsmol_kNN | Published few-shot scores | fewshot/fsmol_baseline_kNN_summary.csv | | 157 | mit | {FSMOL}
fsmol_random_forest | Published few-shot scores | fewshot/fsmol_baseline_random_forest_summary.csv | | 157 | mit | {FSMOL}
fsmol_mean_dAUPRC | Published few-shot scores, means | fewshot/fsmol_baselines_mean_dAUPRC.csv | | 7 | mit | {FSMOL}
fsmol_test_proteins | Proteins of the few-shot test tasks | fewshot/fsmol_test_proteins.csv | | 157 | mit | {FSMOL}
published_baselines | Published scores on molecule sets; quote none marked recalled | published_baselines.csv | | 188 | mit | collected from the papers named in it
"""


def rows_of(block: str) -> list[list[str]]:
    """Cells of every line of a block above.

    Examples
    --------
    >>> rows_of("glass | Glass formers | glass.csv")
    [['glass', 'Glass formers', 'glass.csv']]
    """
    return [[cell.strip() for cell in line.split("|")] for line in block.strip().splitlines()]
