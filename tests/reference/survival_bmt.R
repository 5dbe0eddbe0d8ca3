# Survival after bone marrow transplants at four hospitals: three groups.
source("common.R")
source("survival.r")
bmt <- data_set("bmt")

reference("groups", rank_test(survdiff(Surv(t2, d3) ~ group, bmt)))
reference("groups_by_hospital", rank_test(survdiff(Surv(t2, d3) ~ group + strata(z9), bmt)))
reference("medians", lapply(c(A = 1, B = 2, C = 3), function(g) med(survfit(Surv(t2, d3) ~ 1, bmt, subset = group == g)))
	|> lapply(`[[`, "estimate") |> unlist() |> unname(), "count")
reference("curve", curve(survfit(Surv(t2, d3) ~ 1, bmt), c(1, 100, 365, 1000, 2000, 2640)))
reference("ages", model(coxph(Surv(t2, d3) ~ z1 + z2 + z7, bmt)), "model")
reference("ages_by_hospital", model(coxph(Surv(t2, d3) ~ z1 + z2 + z7 + strata(z9), bmt, ties = "breslow")), "model")
write_reference()
