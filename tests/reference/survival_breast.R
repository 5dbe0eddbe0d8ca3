# Breast cancer in two studies, stratified by study: 3,668 rows.
source("common.R")
source("survival.r")
gbsg <- data_set("gbsg")
rotterdam <- data_set("rotterdam")
both <- data.frame(study = rep(0:1, c(nrow(gbsg), nrow(rotterdam))), time = c(gbsg$rfstime, rotterdam$rtime),
	event = c(gbsg$status, pmax(rotterdam$recur, rotterdam$death)), age = c(gbsg$age, rotterdam$age),
	nodes = c(gbsg$nodes, rotterdam$nodes), hormon = c(gbsg$hormon, rotterdam$hormon))

reference("efron", model(coxph(Surv(time, event) ~ age + nodes + hormon + strata(study), both)), "model")
reference("breslow", model(coxph(Surv(time, event) ~ age + nodes + hormon, both, ties = "breslow")), "model")
reference("treated", rank_test(survdiff(Surv(time, event) ~ hormon + strata(study), both)))
reference("median_both", med(survfit(Surv(time, event) ~ 1, both)))
reference("curve", curve(survfit(Surv(time, event) ~ 1, both), seq(365, 3650, 365)))
write_reference()
