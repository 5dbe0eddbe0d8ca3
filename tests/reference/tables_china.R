# Smoking and lung cancer in eight cities: a table from each, stratified and pooled.
source("common.R")
china <- data_set("china_smoking")
t <- array(t(as.matrix(china[, -1])), c(2, 2, nrow(china)))   # columns, rows, cities
t <- aperm(t, c(2, 1, 3))
all <- apply(t, 1:2, sum)

reference("pooled", all, "count")
reference("mh", mantel_haenszel(t, correct = FALSE))
reference("mh_corrected", mantel_haenszel(t, correct = TRUE, conf.level = 0.99))
reference("crude", odds_ratio(all))
reference("risk", risk_ratio(all))
reference("risk_none", risk_ratio(all[2:1, 2:1]))
reference("chi", tidy_test(chisq.test(all, correct = FALSE)))
reference("yates", tidy_test(chisq.test(all)))
reference("by_city", tidy_test(chisq.test(apply(t, c(3, 1), sum))))
write_reference()
