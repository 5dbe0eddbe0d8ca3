# Survival of lung: curves, medians, log-rank tests and Cox models; some covariates missing.
source("common.R")
source("survival.r")
lung <- data_set("lung")
dead <- lung$status == 2
female <- lung$sex == 2
grid <- c(0, 5, 11, 100, 310, 500, 883, 1022, 1100)

reference("curve", curve(survfit(Surv(time, dead) ~ 1, lung), grid))
reference("curve_female", curve(survfit(Surv(time, dead) ~ 1, lung, subset = female), c(5, 60, 426, 765, 1000)))
reference("median_all", med(survfit(Surv(time, dead) ~ 1, lung)))
reference("median_male", med(survfit(Surv(time, dead) ~ 1, lung, subset = !female)))
reference("median_female", med(survfit(Surv(time, dead) ~ 1, lung, subset = female)))
reference("by_sex", rank_test(survdiff(Surv(time, dead) ~ sex, lung)))
reference("by_sex_strata", rank_test(survdiff(Surv(time, dead) ~ sex + strata(site), lung)))
# The one patient of ecog 3 is in a group of its own.
reference("by_ecog", rank_test(survdiff(Surv(time, dead) ~ ph.ecog, lung)))
reference("efron", model(coxph(Surv(time, dead) ~ age + sex + ph.ecog, lung)), "model")
reference("breslow", model(coxph(Surv(time, dead) ~ age + sex + ph.ecog, lung, ties = "breslow")), "model")
reference("strata", model(coxph(Surv(time, dead) ~ age + female + wt.loss + strata(site), lung)), "model")
reference("rough", model(coxph(Surv(ceiling(time / 100), dead) ~ age + ph.ecog, lung)), "model")
reference("rough_breslow", model(coxph(Surv(ceiling(time / 100), dead) ~ age + ph.ecog, lung, ties = "breslow")), "model")
reference("rough_rank", rank_test(survdiff(Surv(ceiling(time / 100), dead) ~ sex, lung)))
write_reference()
