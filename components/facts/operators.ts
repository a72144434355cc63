/** The group of the operator's certificate, whose rights are assets/config/operators.yaml. */
export const operatorsGroup = "hardway:operators";
